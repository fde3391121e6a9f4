import { expect, test } from 'bun:test'
import { manualClock } from '../../test/sources/manual-clock.ts'
import { running, scopeNamed, sourceWith, thing } from '../../test/sources/running.ts'
import { type PermitsFor, takePermits } from './scan-permits.ts'
import { type Place, Slots } from './slots.ts'

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `s${at}`)

/** A source whose scans each wait, 4 of them at once, until they are let go. */
function waitingSource(count: number, isIdle: boolean) {
  const begun: string[] = []
  const go = Promise.withResolvers<void>()
  const source = sourceWith({
    async *targets() {
      yield names(count).map((name) => ({ scope: scopeNamed(name) }))
    },
    async scan({ scope }, out) {
      begun.push(scope)
      const wait = async (): Promise<void> => go.promise
      if (isIdle) await Promise.all([out.idle?.(wait), out.idle?.(wait)])
      else await wait()
      await out.observe(thing('x'))
      return {}
    },
  })
  return { source, begun, go }
}

test('scans that wait for a rate leave their places to others, twelve of a source', async () => {
  const { source, begun, go } = waitingSource(40, true)
  await using at = running([source])
  await at.clock.advance(40)
  expect(begun).toHaveLength(4)
  await at.clock.advance(2000)
  expect(begun).toHaveLength(4 + 12)
  go.resolve()
  await at.clock.advance(100)
  expect(begun).toHaveLength(40)
  expect(at.sink.scans).toHaveLength(40)
})

test('scans that work keep their places', async () => {
  const { source, begun, go } = waitingSource(40, false)
  await using at = running([source])
  await at.clock.advance(2000)
  expect(begun).toHaveLength(4)
  go.resolve()
  await at.clock.advance(0)
  expect(at.sink.scans).toHaveLength(40)
})

test('a scan that ends while its place is lent gives it back once', async () => {
  const clock = manualClock()
  const slots = new Slots(1, 0, 1)
  const take = (onWait: PermitsFor['onWait']) =>
    takePermits({ slots: [slots], priority: 0, clock, isUrgent: () => false, onWait }, new AbortController().signal)
  const first = await take(() => undefined)
  void first.idle(() => new Promise(() => undefined))
  await clock.advance(100)
  const second = await take(() => undefined)
  first[Symbol.dispose]()
  const places: (Place | null)[] = []
  const third = take((place) => void places.push(place))
  await clock.advance(0)
  expect(places).toHaveLength(1)
  second[Symbol.dispose]()
  using _third = await third
  expect(places).toEqual([places[0] ?? null, null])
})
