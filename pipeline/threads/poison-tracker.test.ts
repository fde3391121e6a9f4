import { expect, test } from 'bun:test'
import { type Death, PoisonTracker } from './poison-tracker.ts'
import type { RecordPosition } from './progress.ts'

const death = (of: Death['of'], record: RecordPosition | null, until = 20): Death => ({ of, record, from: 10, until })
const of = (record: RecordPosition | null, until?: number) => death('worker', record, until)

test('input is taken as ever after one death, in isolation after two, and a record of which one dies then is set aside', () => {
  const tracker = new PoisonTracker()
  tracker.blame(of(null))
  expect(tracker.isolationAt(10)).toBeNull()
  tracker.blame(of(null))
  expect(tracker.isolationAt(10)).toEqual({ setAside: [], givenUpUntil: null, isAlone: false })
  tracker.blame(of({ offset: 12, line: 3 }))
  expect(tracker.isolationAt(10)).toMatchObject({ setAside: [{ offset: 12, line: 3 }], givenUpUntil: null })
  // What comes behind it has done nothing.
  expect(tracker.isolationAt(20)).toBeNull()
})

test('all is forgotten when the input is dealt with, and not before', () => {
  let forgotten = 0
  const tracker = new PoisonTracker(() => forgotten++)
  for (let deaths = 0; deaths < 2; deaths++) tracker.blame(of(null))
  tracker.passed(15)
  tracker.begin(15)
  expect(tracker.isolationAt(15)).not.toBeNull()
  expect(forgotten).toBe(0)
  tracker.passed(20)
  tracker.passed(30)
  expect(tracker.isolationAt(15)).toBeNull()
  expect(forgotten).toBe(1)
  tracker.blame(of(null, 40))
  expect(tracker.isolationAt(30)).toBeNull()
})

test('input of which twenty workers have died is given up, and nothing that was fetched behind it since', () => {
  const tracker = new PoisonTracker()
  tracker.blame(of(null))
  for (let deaths = 1; deaths < 19; deaths++) tracker.blame(of(null, 90))
  expect(tracker.isolationAt(10)).toMatchObject({ givenUpUntil: null })
  tracker.blame(of(null, 90))
  expect(tracker.isolationAt(10)).toMatchObject({ givenUpUntil: 20 })
})

test('a process that is killed at one record after the other sets none aside, and one that dies at the same one three times does', () => {
  const tracker = new PoisonTracker()
  for (let line = 1; line <= 10; line++) tracker.blame(death('process', { offset: 12, line }))
  expect(tracker.isolationAt(10)).toEqual({ setAside: [], givenUpUntil: null, isAlone: true })
  tracker.blame(death('process', { offset: 12, line: 4 }))
  expect(tracker.isolationAt(10)).toEqual({ setAside: [], givenUpUntil: null, isAlone: true })
  tracker.blame(death('process', { offset: 12, line: 4 }))
  expect(tracker.isolationAt(10)).toEqual({
    setAside: [{ offset: 12, line: 4 }],
    givenUpUntil: null,
    isAlone: true,
  })
})

test('where input begins before or behind what was died of, that was another topic, or another node has dealt with it', () => {
  for (const offset of [0, 9, 20, 90]) {
    const tracker = new PoisonTracker()
    for (let deaths = 0; deaths < 3; deaths++) tracker.blame(death('process', { offset: 12, line: 1 }))
    tracker.begin(offset)
    expect([offset, tracker.isolationAt(12)]).toEqual([offset, null])
  }
})
