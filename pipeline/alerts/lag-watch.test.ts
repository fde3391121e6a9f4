import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { LagWatch, type StreamPosition } from './lag-watch.ts'

const at = (done: number | null, end: number | null, partition = 0): StreamPosition => ({
  ...{ stream: 'the input', partition },
  ...{ done, end },
})

test('a stream is behind when what was its end long enough ago is not read yet, however much comes meanwhile', () => {
  let positions: StreamPosition[] = []
  const watch = new LagWatch({ afterMs: 60_000, streams: () => positions, feeds: () => [] })
  const look = (nowMs: number, ...given: StreamPosition[]) => {
    positions = given
    return watch.look(nowMs)
  }
  expect(look(0, at(5, 5))).toEqual({ state: 'none' })
  expect(look(10_000, at(5, 9))).toEqual({ state: 'unknown' })
  // It is always some messages behind, and each for a moment.
  expect(look(50_000, at(9, 100))).toEqual({ state: 'unknown' })
  expect(look(100_000, at(99, 200))).toEqual({ state: 'unknown' })
  expect(look(111_000, at(99, 900))).toEqual({
    state: 'behind',
    message: 'behind by more than 60 s: the input in 1 partition',
  })
  expect(look(112_000, at(null, null))).toEqual({ state: 'unknown' })
  expect(look(113_000, at(100, 900))).toEqual({ state: 'unknown' })
  expect(look(161_000, at(199, 900), at(0, 0, 1))).toMatchObject({ state: 'behind' })
  // The topic was created anew.
  expect(look(162_000, at(0, 3))).toEqual({ state: 'unknown' })
  expect(look(163_000, at(3, 3))).toEqual({ state: 'none' })
})

test('the events of a source are behind by the age of their oldest message', () => {
  const feeds = [1, 2, 3, 4].map((name) => ({ source: `aws:${name}`, lagMs: 61_000 }))
  const watch = new LagWatch({ afterMs: 60_000, streams: () => [], feeds: () => feeds })
  const message = 'behind by more than 60 s: the events of aws:1, the events of aws:2, the events of aws:3 and 1 more'
  expect(watch.look(0)).toEqual({ state: 'behind', message })
  feeds.splice(0)
  expect(watch.look(1)).toEqual({ state: 'none' })
})

test('it says the same as one that keeps every look', () => {
  const step = fc.record({ ms: fc.nat(30_000), sent: fc.nat(5), read: fc.nat(6) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let [now, done, end] = [0, 0, 0]
      const ends: [number, number][] = []
      const watch = new LagWatch({ afterMs: 60_000, streams: () => [at(done, end)], feeds: () => [] })
      for (const { ms, sent, read } of steps) {
        now += ms
        end += sent
        done = Math.min(end, done + read)
        ends.push([now, end])
        const since = ends.find(([, seen]) => seen > done)?.[0]
        const expected = since === undefined ? 'none' : now - since > 60_000 ? 'behind' : 'unknown'
        expect(watch.look(now).state).toBe(expected)
      }
    }),
  )
})
