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
