import { expect, test } from 'bun:test'
import { type Death, type SuspectRecord, Suspicion } from './suspicion.ts'

const death = (of: Death['of'], record: SuspectRecord | null, until = 20): Death => ({ of, record, from: 10, until })
const of = (record: SuspectRecord | null, until?: number) => death('worker', record, until)

test('input is taken as ever after one death, with care after two, and a record of which one dies then is set aside', () => {
  const suspicion = new Suspicion()
  suspicion.blame(of(null))
  expect(suspicion.careAt(10)).toBeNull()
  suspicion.blame(of(null))
  expect(suspicion.careAt(10)).toEqual({ setAside: [], givenUpUntil: null, isAlone: false })
  suspicion.blame(of({ offset: 12, line: 3 }))
  expect(suspicion.careAt(10)).toMatchObject({ setAside: [{ offset: 12, line: 3 }], givenUpUntil: null })
  // What comes behind it has done nothing.
  expect(suspicion.careAt(20)).toBeNull()
})

test('all is forgotten when the input is dealt with, and not before', () => {
  let forgotten = 0
  const suspicion = new Suspicion(() => forgotten++)
  for (let deaths = 0; deaths < 2; deaths++) suspicion.blame(of(null))
  suspicion.passed(15)
  suspicion.begin(15)
  expect(suspicion.careAt(15)).not.toBeNull()
  expect(forgotten).toBe(0)
  suspicion.passed(20)
  suspicion.passed(30)
  expect(suspicion.careAt(15)).toBeNull()
  expect(forgotten).toBe(1)
  suspicion.blame(of(null, 40))
  expect(suspicion.careAt(30)).toBeNull()
})

test('input of which twenty workers have died is given up, and nothing that was fetched behind it since', () => {
  const suspicion = new Suspicion()
  suspicion.blame(of(null))
  for (let deaths = 1; deaths < 19; deaths++) suspicion.blame(of(null, 90))
  expect(suspicion.careAt(10)).toMatchObject({ givenUpUntil: null })
  suspicion.blame(of(null, 90))
  expect(suspicion.careAt(10)).toMatchObject({ givenUpUntil: 20 })
})

test('a process that is killed at one record after the other sets none aside, and one that dies at the same one three times does', () => {
  const suspicion = new Suspicion()
  for (let line = 1; line <= 10; line++) suspicion.blame(death('process', { offset: 12, line }))
  expect(suspicion.careAt(10)).toEqual({ setAside: [], givenUpUntil: null, isAlone: true })
  suspicion.blame(death('process', { offset: 12, line: 4 }))
  expect(suspicion.careAt(10)).toEqual({ setAside: [], givenUpUntil: null, isAlone: true })
  suspicion.blame(death('process', { offset: 12, line: 4 }))
  expect(suspicion.careAt(10)).toEqual({ setAside: [{ offset: 12, line: 4 }], givenUpUntil: null, isAlone: true })
})

test('where input begins before or behind what was died of, that was another topic, or another node has dealt with it', () => {
  for (const offset of [0, 9, 20, 90]) {
    const suspicion = new Suspicion()
    for (let deaths = 0; deaths < 3; deaths++) suspicion.blame(death('process', { offset: 12, line: 1 }))
    suspicion.begin(offset)
    expect([offset, suspicion.careAt(12)]).toEqual([offset, null])
  }
})
