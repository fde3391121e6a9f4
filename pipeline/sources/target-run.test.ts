import { expect, test } from 'bun:test'
import { TargetGone } from '../../connectors/target-gone.ts'
import { intervalMs, running, scopeNamed, sourceWith } from '../../test/sources/running.ts'

const a = scopeNamed('a')

test('a target that is gone is left alone until the list names another identity', async () => {
  let identity: string | null = null
  await using at = running([
    sourceWith({
      async *targets() {
        yield [identity === null ? { scope: a } : { scope: a, identity }]
      },
      scan: async () => {
        if (identity === null) throw new TargetGone('it is gone', 'Put it back.')
        return {}
      },
    }),
  ])
  await at.clock.advance(intervalMs * 10)
  expect(at.sink.scans.map(({ outcome }) => outcome?.errors)).toEqual([
    [{ message: 'it is gone', hint: 'Put it back.', code: 'gone' }],
  ])
  identity = 'back'
  await at.clock.advance(intervalMs * 1.5)
  expect(at.sink.scans[1]?.outcome?.complete).toBe(true)
})

test('a target whose follow loses continuity each time is scanned with a back-off that grows, and not ten times a second', async () => {
  await using at = running([sourceWith({ scan: async () => ({ resume: 'here' }), follow: async () => 'relist' })])
  await at.clock.advance(0)
  await at.clock.advance(10_000)
  expect(at.sink.scans.length).toBeGreaterThan(3)
  expect(at.sink.scans.length).toBeLessThan(10)
})

/** A target that is gone where `isGone` says so, and an engine that has known it as gone for `goneForMs`. */
function goneTarget({ goneForMs = null as number | null, afterMs = intervalMs * 10, fails = false } = {}) {
  const forgotten: string[] = []
  const state = { isGone: true, isFailing: false }
  const forgetting = {
    afterMs,
    goneForMs: () => (forgotten.includes(a) ? null : goneForMs),
    async forget(scope: string) {
      if (fails && forgotten.length === 0) {
        forgotten.push('tried')
        throw new Error('the disk is full')
      }
      forgotten.push(scope)
    },
  }
  const source = sourceWith({
    async scan() {
      if (state.isFailing) throw new Error('the folder cannot be read')
      if (state.isGone) throw new TargetGone('it is gone', 'Put it back.')
      return {}
    },
  })
  return { forgotten, state, source, forgetting }
}

test('a scope whose target has been gone for long enough is forgotten once, also where an earlier process found it gone', async () => {
  const { forgotten, source, forgetting } = goneTarget({ goneForMs: intervalMs * 11 })
  await using at = running([source], undefined, forgetting)
  await at.clock.advance(0)
  expect(forgotten).toEqual([a])
  await at.clock.advance(intervalMs * 50)
  expect(forgotten).toEqual([a])
  expect(at.sink.scans.length).toBe(1)
})

test('a target is looked at anew before its scope is forgotten: what fails then, or is back, is kept', async () => {
  for (const change of [{ isFailing: true }, { isGone: false }]) {
    const { forgotten, state, source, forgetting } = goneTarget({ goneForMs: intervalMs * 4 })
    await using at = running([source], undefined, forgetting)
    await at.clock.advance(intervalMs * 5.9)
    expect(at.sink.scans.length).toBe(1)
    Object.assign(state, change)
    await at.clock.advance(intervalMs * 2)
    expect(at.sink.scans.length).toBeGreaterThan(1)
    expect(forgotten).toEqual([])
  }
})

test('the time begins anew where the target was there in between, whatever an older status says', async () => {
  const { forgotten, state, source, forgetting } = goneTarget({ goneForMs: intervalMs * 11 })
  state.isGone = false
  await using at = running([source], undefined, forgetting)
  await at.clock.advance(0)
  state.isGone = true
  await at.clock.advance(intervalMs * 5)
  expect(forgotten).toEqual([])
  await at.clock.advance(intervalMs * 10)
  expect(forgotten).toEqual([a])
})

test('a scope that could not be forgotten is tried again, and the failure is reported', async () => {
  const { forgotten, source, forgetting } = goneTarget({ goneForMs: intervalMs * 11, fails: true })
  await using at = running([source], undefined, forgetting)
  await at.clock.advance(0)
  expect(forgotten).toEqual(['tried'])
  expect(at.lines.join('')).toContain('the disk is full')
  await at.clock.advance(intervalMs * 1.1)
  expect(forgotten).toEqual(['tried', a])
})

test('a follow that gets on between its failures does not back off longer each time', async () => {
  let follows = 0
  await using at = running([
    sourceWith({
      scan: async () => ({ resume: '0' }),
      follow: async (_target, resume, out) => {
        follows++
        out.checkpoint(String(Number(resume) + 1))
        throw new Error('cut')
      },
    }),
  ])
  // Half of a second each: the back-off of a first failure.
  await at.clock.advance(intervalMs / 2)
  expect(follows).toBeGreaterThan(8)
})
