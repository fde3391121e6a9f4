import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { SettledTimes } from './settled-times.ts'

const partitions = 3

/** A log of stamps a partition, and a writer and a reader that do as the engine's do. */
class Model {
  readonly times = SettledTimes.create(partitions)
  readonly logs: number[][] = Array.from({ length: partitions }, () => [])
  readonly open = new Map<number, number>()
  readonly answers: { readonly asOfMs: number; readonly counts: readonly number[] }[] = []
  nowMs = 1000

  constructor() {
    for (let p = 0; p < partitions; p++) this.times.owned(p, 0)
  }

  begin(p: number): void {
    if (this.open.has(p)) return
    const last = this.logs[p]?.at(-1) ?? 0
    this.open.set(p, this.times.begin(p, Math.max(this.nowMs, last)))
  }
  end(p: number, how: 'committed' | 'rolledBack'): void {
    const stamp = this.open.get(p)
    if (stamp === undefined) return
    if (how === 'committed') this.logs[p]?.push(stamp, stamp)
    this.times[how](p, stamp)
    this.open.delete(p)
  }
  /** A thread is lost after its commit reached the disk, or before; the next one opens the file. */
  die(p: number, isCommitted: boolean): void {
    const stamp = this.open.get(p)
    if (stamp !== undefined && isCommitted) this.logs[p]?.push(stamp, stamp)
    this.open.delete(p)
    this.times.owned(p, this.logs[p]?.at(-1) ?? 0)
  }
  countsAt(timeMs: number): number[] {
    return this.logs.map((log) => log.filter((stamp) => stamp <= timeMs).length)
  }
  ask(timeMs: number): number {
    const asOfMs = this.times.settle(timeMs, this.nowMs)
    expect(asOfMs).toBeLessThanOrEqual(timeMs)
    this.answers.push({ asOfMs, counts: this.countsAt(asOfMs) })
    return asOfMs
  }
}

const partition = fc.nat(partitions - 1)
const step = fc.oneof(
  { weight: 3, arbitrary: partition.map((p) => (model: Model) => model.begin(p)) },
  { weight: 3, arbitrary: partition.map((p) => (model: Model) => model.end(p, 'committed')) },
  partition.map((p) => (model: Model) => model.end(p, 'rolledBack')),
  fc.tuple(partition, fc.boolean()).map(
    ([p, isCommitted]) =>
      (model: Model) =>
        model.die(p, isCommitted),
  ),
  // The clock stands still, runs, and is set back.
  fc.integer({ min: -3, max: 5 }).map((ms) => (model: Model) => {
    model.nowMs += ms
  }),
  {
    weight: 4,
    arbitrary: fc.constantFrom(-20, -2, -1, 0, 1, Number.POSITIVE_INFINITY).map((ms) => (model: Model) => {
      model.ask(model.nowMs + ms)
    }),
  },
)

test('an answer as of a time never changes later, and windows chained by it hold each change once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Model()
      for (const each of steps) each(model)
      for (const { asOfMs, counts } of model.answers) expect(model.countsAt(asOfMs)).toEqual([...counts])
      for (let p = 0; p < partitions; p++) model.end(p, 'committed')
      model.ask(Number.POSITIVE_INFINITY)
      const ends = [0, ...model.answers.map(({ asOfMs }) => asOfMs).sort((a, b) => a - b)]
      const inWindows = ends.slice(1).reduce((sum, to, index) => {
        const [until, from] = [model.countsAt(to), model.countsAt(ends[index] ?? 0)]
        return sum + until.reduce((all, count, p) => all + count - (from[p] ?? 0), 0)
      }, 0)
      expect(inWindows).toBe(model.logs.flat().length)
    }),
    runs(300),
  )
})

test('with nothing open, now holds what was just committed, though its stamp is ahead of the clock', () => {
  const times = SettledTimes.create(1)
  times.owned(0, 0)
  expect(times.settle(1000, 1000)).toBe(1000)
  const stamp = times.begin(0, 1000)
  expect(stamp).toBe(1001)
  expect(times.settle(Number.POSITIVE_INFINITY, 1000)).toBe(1000)
  times.committed(0, stamp)
  expect(times.settle(Number.POSITIVE_INFINITY, 1000)).toBe(1001)
})

test("another node's partition is settled up to what was applied of it, and one that is owned again up to now", () => {
  const times = SettledTimes.create(2)
  times.owned(0, 0)
  times.followed(1, 500)
  expect(times.settle(900, 1000)).toBe(500)
  times.advanced(1, 700)
  times.advanced(1, 600)
  expect(times.settle(900, 1000)).toBe(700)
  times.owned(1, 0)
  // A late word of what was followed.
  times.advanced(1, 800)
  expect(times.settle(900, 1000)).toBe(900)
  times.followed(1, 650)
  expect(times.settle(900, 1000)).toBe(650)
})
