import { expect, test } from 'bun:test'
import { manualClock } from '../../test/sources/manual-clock.ts'
import { recordingSink } from '../../test/sources/recording-sink.ts'
import { scopeNamed } from '../../test/sources/running.ts'
import { Attributions } from './attributions.ts'

const by = { actor: 'someone', occurredAt: '2026-11-23T12:00:00.000Z' }
const [a, b] = [scopeNamed('a'), scopeNamed('b')]

function over(sink = recordingSink()) {
  const stop = new AbortController()
  const clock = manualClock()
  const failures: unknown[] = []
  const dropped: number[] = []
  const attributions = new Attributions({
    ...{ sink, clock, signal: stop.signal },
    onFailure: (error) => failures.push(error),
    onDropped: (count) => dropped.push(count),
  })
  return { attributions, sink, clock, failures, dropped, stop }
}
const written = ({ sink }: ReturnType<typeof over>) => sink.attributed.map(({ scope, id }) => `${scope} ${id}`)

test('what is said of one scope is written together, the scope that waits longest first', async () => {
  const at = over()
  for (const [scope, id] of [
    [a, '1'],
    [b, '2'],
    [a, '3'],
  ] as const)
    at.attributions.add(scope, id, by)
  await at.clock.advance(59_999)
  expect(written(at)).toEqual([])
  await at.clock.advance(1)
  await at.attributions.stopped()
  expect(written(at)).toEqual([`${a} 1`, `${a} 3`, `${b} 2`])
})

test('a failure of the sink loses nothing: it is reported, waited out, and all of it is written', async () => {
  let fails = 2
  const failure = new Error('the disk is full')
  const at = over(
    recordingSink({
      onAttributed: () => {
        if (fails-- > 0) throw failure
      },
    }),
  )
  at.attributions.add(a, '1', by)
  at.attributions.add(a, '2', by)
  await at.clock.advance(60_999)
  expect(at.failures).toEqual([failure])
  await at.clock.advance(1000)
  expect(at.failures).toEqual([failure, failure])
  await at.clock.advance(1000)
  await at.attributions.stopped()
  expect(written(at)).toEqual([`${a} 1`, `${a} 2`])
  expect(at.dropped).toEqual([])
})

test('I10, I12: beyond 10,000 that wait the oldest are dropped and counted', async () => {
  const at = over()
  for (let n = 0; n < 10_003; n++) at.attributions.add(a, `${n}`, by)
  expect([at.attributions.take(a, '2'), at.attributions.take(a, '3')]).toEqual([undefined, by])
  expect(at.attributions.take(a, '3')).toBeUndefined()
  await at.clock.advance(60_000)
  await at.attributions.stopped()
  expect(at.sink.attributed).toHaveLength(10_000)
  expect(at.sink.attributed[0]?.id).toBe('3')
  expect(at.dropped).toEqual([3])
})

test('what waits when the source is stopped is not written any more', async () => {
  const at = over(recordingSink({ onAttributed: () => Promise.reject(new Error('away')) }))
  at.attributions.add(a, '1', by)
  await at.clock.advance(60_000)
  at.stop.abort()
  await at.attributions.stopped()
  expect(written(at)).toEqual([])
})

test('who made a change that is recorded already is written at once, and no observation takes it along', async () => {
  const at = over()
  at.attributions.add(a, '1', by, true)
  expect(at.attributions.take(a, '1')).toBeUndefined()
  await at.clock.advance(0)
  await at.attributions.stopped()
  expect(written(at)).toEqual([`${a} 1`])
})
