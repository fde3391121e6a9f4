import { test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { follow } from './history.case.ts'
import { histories, World } from './world.case.ts'

test('I14, I11: kept up to date and killed at any moment, the view is the one computed anew, and its log that of an undisturbed run', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const world = new World()
      await follow({ steps: history.map((step) => ({ records: () => world.records(step), kill: step.kill })) })
    }),
    runs(12),
  )
}, 240_000)
