import { expect, test } from 'bun:test'
import { Suspicion } from './suspicion.ts'

test('input is taken as ever after one death, with care after two, and a record of which one dies then is set aside', () => {
  const suspicion = new Suspicion()
  suspicion.blame(null, 20)
  expect(suspicion.careAt(10)).toBeNull()
  suspicion.blame(null, 20)
  expect(suspicion.careAt(10)).toEqual({ setAside: [], givenUpUntil: null })
  suspicion.blame({ offset: 12, line: 3 }, 20)
  expect(suspicion.careAt(10)).toEqual({ setAside: [{ offset: 12, line: 3 }], givenUpUntil: null })
  // What comes behind it has done nothing.
  expect(suspicion.careAt(20)).toBeNull()
})

test('all is forgotten when the input is dealt with, and not before', () => {
  const suspicion = new Suspicion()
  for (let death = 0; death < 2; death++) suspicion.blame(null, 20)
  suspicion.passed(15)
  expect(suspicion.careAt(15)).not.toBeNull()
  suspicion.passed(20)
  expect(suspicion.careAt(15)).toBeNull()
  suspicion.blame(null, 40)
  expect(suspicion.careAt(30)).toBeNull()
})

test('input of which twenty workers have died is given up, and nothing that was fetched behind it since', () => {
  const suspicion = new Suspicion()
  suspicion.blame(null, 20)
  for (let death = 1; death < 19; death++) suspicion.blame(null, 90)
  expect(suspicion.careAt(10)).toMatchObject({ givenUpUntil: null })
  suspicion.blame(null, 90)
  expect(suspicion.careAt(10)).toMatchObject({ givenUpUntil: 20 })
})
