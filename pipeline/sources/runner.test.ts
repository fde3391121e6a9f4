import { describe, expect, test } from 'bun:test'
import type { Nudge, Source } from '../../connectors/source.ts'
import { VainoError } from '../../model/errors.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { intervalMs, running, scopeNamed, sourceWith, thing } from '../../test/sources/running.ts'
import { pause } from './clock.ts'

const forever = (): Promise<never> => new Promise(() => {})
const a = scopeNamed('a')
const failing: Partial<Source> = {
  async scan() {
    throw new VainoError('source_failed', 'it is down')
  },
}

describe('a target', () => {
  test('is scanned at once, and then after the interval from the end of each scan', async () => {
    await using at = running([sourceWith()])
    await at.clock.advance(0)
    expect(at.sink.scans).toHaveLength(1)
    await at.clock.advance(intervalMs - 1)
    expect(at.sink.scans).toHaveLength(1)
    await at.clock.advance(1)
    expect(at.sink.scans).toHaveLength(2)
    expect(at.targets()).toMatchObject([{ scope: a, state: 'due', observed: 1, failures: 0, error: null }])
  })

  test('is read no more often than it says, whatever the interval, and sooner where an event says so', async () => {
    const feed = Promise.withResolvers<Nudge>()
    const source = sourceWith({
      async *targets() {
        yield [{ scope: a, leastIntervalMs: intervalMs * 3 }]
      },
      async events(out) {
        feed.resolve(out)
        await forever()
      },
    })
    await using at = running([source])
    await at.clock.advance(0)
    await at.clock.advance(intervalMs * 3 - 1)
    expect(at.sink.scans).toHaveLength(1)
    await at.clock.advance(1)
    expect(at.sink.scans).toHaveLength(2)
    ;(await feed.promise).dirty(a)
    await at.clock.advance(1_000)
    expect(at.sink.scans).toHaveLength(3)
  })

  test('that fails is retried with a back-off that grows, and what was read before is kept in an incomplete scan', async () => {
    await using at = running([
      sourceWith({
        async scan(_target, out) {
          await out.observe(thing('x'))
          throw new VainoError('source_failed', 'it is down', { hint: 'Start it.' })
        },
      }),
    ])
    await at.clock.advance(0)
    expect(at.sink.scans[0]).toMatchObject({ resources: [{ id: 'x' }], outcome: { complete: false } })
    expect(messages(at.sink.scans[0]?.outcome?.errors)).toEqual(['it is down'])
    expect(at.targets()).toMatchObject([{ state: 'backing_off', failures: 1, error: 'it is down' }])
    // Half of 1, 2, 4, 8, 16, 32 s and then of four intervals: 31.5 s for six retries.
    await at.clock.advance(31_500)
    expect(at.sink.scans).toHaveLength(7)
  })

  test('whose part was missed ends incomplete with all else read', async () => {
    await using at = running([
      sourceWith({
        async scan(_target, out) {
          out.missed({ message: 'page 2 is denied' })
          await out.observe(thing('x'))
          return { attributes: { serial: 1 } }
        },
      }),
    ])
    await at.clock.advance(0)
    expect(at.sink.scans[0]?.outcome).toEqual({ complete: false, errors: [{ message: 'page 2 is denied' }] })
  })

  test('is not retried sooner than its system asks', async () => {
    await using at = running([
      sourceWith({
        async scan() {
          throw new VainoError('busy', 'throttled', { retryAfterSeconds: 60 })
        },
      }),
    ])
    await at.clock.advance(59_999)
    expect(at.sink.scans).toHaveLength(1)
    await at.clock.advance(1)
    expect(at.sink.scans).toHaveLength(2)
  })

  test('that is silent is seen as scanning from its first attempt, and is stopped at its deadline', async () => {
    await using at = running([
      sourceWith({
        async *targets() {
          yield [{ scope: a, deadlineMs: 5000 }]
        },
        scan: forever,
      }),
    ])
    await at.clock.advance(4999)
    expect(at.targets()).toMatchObject([{ scope: a, state: 'scanning', observed: 0 }])
    await at.clock.advance(1)
    expect(messages(at.sink.scans[0]?.outcome?.errors)).toEqual(['the scan was stopped after 5 s'])
  })

  test('that stays empty is asked every second interval, before it is stale, and woken by an event', async () => {
    let nudge: Nudge | null = null
    await using at = running([
      sourceWith({
        scan: async () => ({}),
        events: (out) => {
          nudge = out
          return forever()
        },
      }),
    ])
    await at.clock.advance(intervalMs * 5)
    expect(at.sink.scans).toHaveLength(6)
    await at.clock.advance(intervalMs * 20)
    expect(at.sink.scans).toHaveLength(16)
    await at.clock.advance(intervalMs)
    ;(nudge as Nudge | null)?.dirty(a)
    await at.clock.advance(0)
    expect(at.sink.scans).toHaveLength(17)
  })

  test('says how often it is read on each complete scan, beside what its source says, and with an interval that has grown', async () => {
    let observed = 1
    await using at = running([
      sourceWith({
        async scan(_target, out) {
          if (observed > 0) await out.observe(thing('x'))
          return { attributes: { serial: 7 } }
        },
      }),
    ])
    const said = () => at.sink.scans.at(-1)?.outcome?.attributes
    await at.clock.advance(0)
    expect(said()).toEqual({ serial: 7, every_ms: intervalMs })
    observed = 0
    await at.clock.advance(intervalMs * 5)
    expect(said()).toEqual({ serial: 7, every_ms: intervalMs })
    await at.clock.advance(intervalMs)
    expect(said()).toEqual({ serial: 7, every_ms: intervalMs * 2 })
    observed = 1
    await at.clock.advance(intervalMs * 2)
    expect(said()).toEqual({ serial: 7, every_ms: intervalMs })
  })

  test('that takes long to be read is read less often than its interval says, and says so', async () => {
    await using at = running([
      sourceWith({
        async scan(_target, out, signal) {
          await pause(at.clock, intervalMs * 1.5, signal)
          await out.observe(thing('x'))
          return {}
        },
      }),
    ])
    await at.clock.advance(intervalMs * 1.5)
    expect(at.sink.scans[0]?.outcome?.attributes).toEqual({ every_ms: intervalMs * 2.5 })
  })

  test('of another node is left alone, and asked about again after the interval', async () => {
    let isOurs = false
    await using at = running([sourceWith()], recordingSink({ wants: () => isOurs }))
    await at.clock.advance(0)
    expect(at.targets()).toMatchObject([{ state: 'not_ours' }])
    isOurs = true
    await at.clock.advance(intervalMs)
    expect(at.sink.scans).toHaveLength(1)
  })

  test('whose identity is another in a newer list is scanned soon: a file that is back, say', async () => {
    let identity: string | undefined
    let nudge: Nudge | null = null
    await using at = running([
      sourceWith({
        async *targets() {
          yield [{ scope: a, ...(identity === undefined ? {} : { identity }) }]
        },
        events: (out) => {
          nudge = out
          return forever()
        },
      }),
    ])
    await at.clock.advance(1000)
    identity = '/real'
    ;(nudge as Nudge | null)?.relist()
    await at.clock.advance(200)
    expect(at.sink.scans).toHaveLength(2)
  })

  test('that is no longer listed is not scanned any more', async () => {
    let listed = true
    await using at = running([
      sourceWith({
        async *targets() {
          yield listed ? [{ scope: a }] : []
        },
      }),
    ])
    await at.clock.advance(0)
    listed = false
    await at.clock.advance(intervalMs * 5)
    expect(at.sink.scans.length).toBeLessThanOrEqual(2)
    expect(at.targets()).toEqual([])
  })
})

describe('a feed of events', () => {
  test('that fires all the time at a scope that fails defeats neither interval nor back-off', async () => {
    await using at = running([
      sourceWith({
        ...failing,
        async events(out, signal) {
          while (!signal.aborted) {
            out.dirty(a)
            await new Promise((resolve) => setImmediate(resolve))
          }
        },
      }),
    ])
    // In 500 ms: the first, and the events' own after 100 and 200 ms more.
    for (let ms = 0; ms < 500; ms += 10) await at.clock.advance(10)
    expect(at.sink.scans.length).toBeLessThanOrEqual(4)
    for (let s = 0; s < 60; s++) await at.clock.advance(1000)
    expect(at.sink.scans.length).toBeLessThanOrEqual(20)
  })

  test('that throws is logged, counted and opened again with back-off, and the scans go on', async () => {
    let opened = 0
    await using at = running([
      sourceWith({
        events() {
          opened++
          throw new Error('the watch broke')
        },
      }),
    ])
    await at.clock.advance(intervalMs)
    expect(opened).toBeGreaterThan(2)
    expect(opened).toBeLessThan(8)
    expect(at.sink.scans).toHaveLength(2)
    expect(at.status()).toMatchObject([{ state: 'failing', error: 'the watch broke' }])
    expect(at.lines.join('')).toContain('events failed: the watch broke')
  })

  test('leads to one more scan, which says who made the change; a minute later that is written too', async () => {
    let nudge: Nudge | null = null
    await using at = running([
      sourceWith({
        events: (out) => {
          nudge = out
          return forever()
        },
      }),
    ])
    await at.clock.advance(1000)
    const by = { actor: 'someone', occurredAt: '2026-11-23T12:00:00.000Z', event: { id: 'e1' } }
    const reported = (nudge as Nudge | null)?.changed(a, { ids: ['x', 'y'], by, occurredAt: by.occurredAt })
    ;(nudge as Nudge | null)?.attributed(a, 'z', by)
    ;(nudge as Nudge | null)?.attributed(scopeNamed('not watched'), 'x', by)
    await at.clock.advance(0)
    expect(at.sink.scans.map(({ by }) => by)).toEqual([[undefined], [by]])
    await at.clock.advance(60_000)
    expect(await reported).toBe('done')
    expect(at.sink.attributed).toEqual(['x', 'y', 'z'].map((id) => ({ scope: a, id, by })))
  })
})

describe('many', () => {
  test('a scope that two sources claim is read by the first alone, and so is one thing under two names', async () => {
    const named = (name: string, scope: string, identity?: string): Source =>
      sourceWith({
        name,
        async *targets() {
          yield [{ scope: scopeNamed(scope), ...(identity === undefined ? {} : { identity }) }]
        },
      })
    await using at = running([named('one', 'a', '/real'), named('two', 'a'), named('three', 'b', '/real')])
    await at.clock.advance(intervalMs)
    expect(new Set(at.sink.scans.map(({ scope }) => scope))).toEqual(new Set([a]))
    const refused = `it is read already, as ${a} of one; take it out of one of the two sources`
    expect(at.targets()).toMatchObject([
      { name: 'one', state: 'due' },
      { name: 'two', state: 'not_ours', error: refused },
      { name: 'three', scope: scopeNamed('b'), state: 'not_ours', error: refused },
    ])
  })

  test('of two claims the first source’s stands, however late its list comes', async () => {
    const slow = Promise.withResolvers<void>()
    const first = sourceWith({
      name: 'first',
      async *targets() {
        await slow.promise
        yield [{ scope: a }]
      },
    })
    await using at = running([first, sourceWith({ name: 'second' })])
    await at.clock.advance(1000)
    slow.resolve()
    await at.clock.advance(0)
    expect(at.targets()).toMatchObject([
      { name: 'first', state: 'due' },
      { name: 'second', state: 'not_ours' },
    ])
  })

  test('scans of the interval fill the shared permits, and what has changed does not wait for them', async () => {
    let nudge: Nudge | null = null
    const names = Array.from({ length: 12 }, (_, n) => `${n}`)
    const isSlow = new Set<string>()
    await using at = running([
      sourceWith({
        async *targets() {
          yield names.map((name) => ({ scope: scopeNamed(name) }))
        },
        scan: async ({ scope }) => (isSlow.has(scope) ? forever() : {}),
        events: (out) => {
          nudge = out
          return forever()
        },
      }),
    ])
    await at.clock.advance(intervalMs / 2)
    for (const name of names.slice(0, 11)) isSlow.add(scopeNamed(name))
    await at.clock.advance(intervalMs)
    expect(at.sink.scans).toHaveLength(12 + 4)
    ;(nudge as Nudge | null)?.dirty(scopeNamed('11'))
    await at.clock.advance(0)
    expect(at.sink.scans).toHaveLength(12 + 5)
    expect(at.sink.scans.at(-1)?.scope).toBe(scopeNamed('11'))
  })

  test('a list that fails keeps the targets there are, is reported, and is retried', async () => {
    let lists = 0
    await using at = running([
      sourceWith({
        async *targets() {
          if (++lists === 2) throw new VainoError('source_failed', 'no list')
          yield [{ scope: a }]
        },
      }),
    ])
    await at.clock.advance(intervalMs)
    expect(at.status()).toMatchObject([{ state: 'failing', error: 'no list', targets: 1 }])
    await at.clock.advance(intervalMs)
    expect(at.status()).toMatchObject([{ state: 'waiting', error: null }])
  })

  test('a sink that fails is no failure of the target: no scan is ended for it, and it is scanned again', async () => {
    let isFull = true
    const sink = recordingSink({
      onObserve: () => {
        if (isFull) throw new Error('the disk is full')
      },
    })
    await using at = running([sourceWith()], sink)
    await at.clock.advance(0)
    expect(at.sink.scans[0]?.outcome).toBeNull()
    expect(at.status()).toMatchObject([{ state: 'failing', error: 'the disk is full' }])
    isFull = false
    await at.clock.advance(1000)
    expect(at.sink.scans[1]?.outcome).toMatchObject({ complete: true })
    expect(at.status()).toMatchObject([{ error: null }])
  })

  test('stopping ends scans, lists and feeds that ignore their signal, and ends no scan', async () => {
    const at = running([
      sourceWith({ scan: forever, events: forever }),
      sourceWith({
        name: 'other',
        targets: () => ({ [Symbol.asyncIterator]: () => ({ next: forever }) }),
      }),
    ])
    await at.clock.advance(0)
    await at[Symbol.asyncDispose]()
    expect(at.sink.scans.map(({ outcome }) => outcome)).toEqual([null])
  })
})
