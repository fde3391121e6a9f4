import { expect, test } from 'bun:test'
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { boundsMs, countOf, Durations, quantileMs } from './durations.ts'
import { maxNames, type Tally, tally } from './tally.ts'
import {
  addInto,
  createCounters,
  packReport,
  resetCounters,
  unpackReport,
  type WorkerReport,
} from './worker-counters.ts'

test('what a worker posts to another thread adds up there to what it counted', async () => {
  const counters = createCounters()
  counters.unchangedRaw += 3
  counters.changes.u += 2
  counters.busyMs += 1.5
  counters.diffMs.observe(0.2)
  tally(counters.deadLetters, 'not_json')
  const { port1, port2 } = new MessageChannel()
  const received = once(port2, 'message')
  port1.postMessage(packReport(counters))
  const report: WorkerReport = unpackReport((await received)[0])
  port1.close()
  const total = createCounters()
  addInto(total, report)
  addInto(total, report)
  expect(total.unchangedRaw).toBe(6)
  expect(total.changes).toEqual({ r: 0, c: 0, u: 4, d: 0 })
  expect(total.busyMs).toBe(3)
  expect(countOf(total.diffMs)).toBe(2)
  expect(total.deadLetters).toEqual({ not_json: 2 })
})

test('a report is unpacked as it was packed, every number in its place', () => {
  const counters = createCounters()
  let n = 0
  for (const [name, value] of Object.entries(counters)) {
    if (typeof value === 'number') Object.assign(counters, { [name]: ++n })
  }
  Object.assign(counters.changes, { r: ++n, c: ++n, u: ++n, d: ++n })
  for (const durations of [counters.diffMs, counters.commitMs, counters.fsyncMs]) {
    for (const at of durations.counts.keys()) durations.counts[at] = ++n
    durations.sumMs = ++n
  }
  tally(counters.suppressed, 'spelling', ++n)
  const plain = ({ diffMs, commitMs, fsyncMs, ...rest }: WorkerReport) => ({
    ...rest,
    durations: [diffMs, commitMs, fsyncMs].map(({ counts, sumMs }) => [[...counts], sumMs]),
  })
  expect(plain(unpackReport(packReport(counters)))).toEqual(plain(counters))
})

test('reset counters are as new ones', () => {
  const counters = createCounters()
  counters.records = 7
  counters.changes.r = 1
  counters.commitMs.observe(4)
  tally(counters.suppressed, 'volatile', 9)
  resetCounters(counters)
  expect(counters).toEqual(createCounters())
})

test('a tally keeps a bounded number of names, whatever it is given', () => {
  const names: Tally = {}
  for (let i = 0; i < 1000; i++) tally(names, `reason_${i}`)
  for (const odd of ['__proto__', 'arn:aws:iam::1', '', 'X'.repeat(5000), 'toString']) tally(names, odd)
  expect(Object.keys(names).length).toBe(maxNames + 1)
  expect(Object.values(names).reduce((a, b) => a + b, 0)).toBe(1005)
})

test('quantiles of counted durations are within a bucket of the exact ones', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.011, max: 99_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.constantFrom(0.5, 0.95, 0.99),
      (values, q) => {
        const durations = new Durations()
        for (const value of values) durations.observe(value)
        const sorted = values.toSorted((a, b) => a - b)
        const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? 0
        const found = quantileMs(durations, q) ?? 0
        // The widest bucket, from 12.5 to 16, is 1.28 of its lower bound.
        return found / exact < 1.281 && exact / found < 1.281
      },
    ),
    runs(100),
  )
})

test('durations at and beyond the bounds are counted once', () => {
  const durations = new Durations()
  for (const ms of [-1, 0, 0.01, 100_000, 100_001, Number.POSITIVE_INFINITY]) durations.observe(ms)
  expect(countOf(durations)).toBe(6)
  expect(durations.counts[0]).toBe(3)
  expect(durations.counts[boundsMs.length - 1]).toBe(1)
  expect(durations.counts[boundsMs.length]).toBe(2)
  expect(quantileMs(new Durations(), 0.5)).toBeNull()
})
