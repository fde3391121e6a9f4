import { describe, expect, test } from 'bun:test'
import type { EventSink } from '../../connectors/source.ts'
import { recordingSink } from '../../test/sources/recording-sink.ts'
import { intervalMs, running, scopeNamed, sourceWith, thing } from '../../test/sources/running.ts'
import type { ScanSink } from '../intake/scan-sink.ts'

const a = scopeNamed('a')
const forever = (): Promise<never> => new Promise(() => undefined)

describe('following', () => {
  const follower = (more: (resume: string | null, out: EventSink, signal: AbortSignal) => Promise<'relist'>) =>
    sourceWith({
      async scan(_target, out) {
        await out.observe(thing('x'))
        return { resume: '1' }
      },
      follow: (_target, resume, out, signal) => more(resume, out, signal),
    })

  test('begins where the scan ended, and a lost continuity leads to a scan', async () => {
    const resumes: (string | null)[] = []
    const lost = Promise.withResolvers<'relist'>()
    await using at = running([
      follower(async (resume, out) => {
        resumes.push(resume)
        await out.gone('x')
        return resumes.length === 1 ? lost.promise : forever()
      }),
    ])
    await at.clock.advance(0)
    expect(at.targets()).toMatchObject([{ state: 'following' }])
    expect(at.sink.followed).toEqual([`gone ${a}/x`])
    lost.resolve('relist')
    await at.clock.advance(100)
    expect([resumes, at.sink.scans.length]).toEqual([['1', '1'], 2])
  })

  test('has ended before the next scan begins: what it hands on later is refused', async () => {
    let late: EventSink | null = null
    await using at = running([
      follower((_resume, out) => {
        late ??= out
        return forever()
      }),
    ])
    await at.clock.advance(intervalMs)
    expect(at.sink.scans).toHaveLength(2)
    const page = (late as EventSink | null)?.observe(thing('stale'))
    await expect(page).rejects.toThrow('stopped')
    expect(at.sink.followed).toEqual([])
  })

  test('that breaks goes on from its last checkpoint after a back-off', async () => {
    const resumes: (string | null)[] = []
    await using at = running([
      follower(async (resume, out) => {
        resumes.push(resume)
        out.checkpoint('7')
        if (resumes.length < 3) throw new Error('cut')
        return forever()
      }),
    ])
    await at.clock.advance(0)
    expect(at.targets()).toMatchObject([{ state: 'backing_off', error: 'cut' }])
    await at.clock.advance(1500)
    expect(resumes).toEqual(['1', '7', '7'])
    expect(at.targets()).toMatchObject([{ state: 'following', error: null }])
    expect(at.status()).toMatchObject([{ state: 'waiting', error: null }])
  })

  test('I1: what was handed on and not committed is asked for again, and a scan begins when all is committed', async () => {
    const resumes: (string | null)[] = []
    let isFull = true
    let waitsFor: Promise<number> = Promise.resolve(1)
    const recording = recordingSink()
    const written = recording.events
    const events: ScanSink['events'] = (scope) => ({
      ...written(scope),
      whenCommitted: (committed) => (isFull ? undefined : committed()),
      settled: () => (isFull ? Promise.reject(new Error('the disk is full')) : waitsFor),
    })
    await using at = running(
      [
        follower(async (resume, out) => {
          resumes.push(resume)
          await out.gone('x')
          out.checkpoint('7')
          return resumes.length === 1 ? 'relist' : forever()
        }),
      ],
      Object.assign(recording, { events }),
    )
    await at.clock.advance(0)
    expect(at.targets()).toMatchObject([{ state: 'backing_off', error: 'the disk is full' }])
    isFull = false
    const committed = Promise.withResolvers<number>()
    waitsFor = committed.promise
    await at.clock.advance(1500)
    expect(resumes).toEqual(['1', '1'])
    await at.clock.advance(intervalMs)
    expect(recording.scans).toHaveLength(1)
    committed.resolve(1)
    await at.clock.advance(0)
    expect(recording.scans).toHaveLength(2)
  })

  test('that keeps failing leads to scans, which say on the scope what is wrong, and is tried within a minute of the end of it', async () => {
    let isAway = false
    let follows = 0
    await using at = running(
      [
        sourceWith({
          async scan() {
            if (isAway) throw new Error('it is away')
            return { resume: '1' }
          },
          follow: () => {
            follows++
            if (isAway || follows === 1) return Promise.reject(new Error('the watch was cut'))
            return forever()
          },
        }),
      ],
      undefined,
      undefined,
      60 * intervalMs,
    )
    await at.clock.advance(0)
    isAway = true
    for (let s = 0; s < 20; s++) await at.clock.advance(1000)
    const ended = at.sink.scans.map(({ outcome }) => outcome?.complete)
    expect(ended.length).toBeGreaterThan(2)
    expect(new Set(ended.slice(1))).toEqual(new Set([false]))
    expect(at.targets()).toMatchObject([{ state: 'backing_off', error: expect.stringContaining('it is away') }])
    for (let s = 0; s < 3600; s += 10) await at.clock.advance(10_000)
    isAway = false
    for (let s = 0; s < 60; s++) await at.clock.advance(1000)
    expect(at.targets()).toMatchObject([{ state: 'following', failures: 0, error: null }])
  })
})
