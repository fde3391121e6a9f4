import { expect, test } from 'bun:test'
import { running, sourceWith } from '../../test/sources/running.ts'

test('a target whose follow loses continuity each time is scanned with a back-off that grows, and not ten times a second', async () => {
  await using at = running([sourceWith({ scan: async () => ({ resume: 'here' }), follow: async () => 'relist' })])
  await at.clock.advance(0)
  await at.clock.advance(10_000)
  expect(at.sink.scans.length).toBeGreaterThan(3)
  expect(at.sink.scans.length).toBeLessThan(10)
})
