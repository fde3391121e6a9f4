import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import type { DriftView } from './drift-view.ts'
import { type Estate, itemsOf } from './estate.case.ts'
import { follow } from './history.case.ts'
import { JoinWorld, joinHistories, naively } from './join-world.case.ts'

const of = (view: DriftView, status: string): string[] =>
  itemsOf(view)
    .flatMap((item) => (item.status === status ? [`${item.state}/${item.address}`] : []))
    .sort()

test('I14, I11: states and what is collected join as a naive join of all of it, whatever comes in which order, killed at any moment or computed anew', async () => {
  await fc.assert(
    fc.asyncProperty(joinHistories, async (history) => {
      const world = new JoinWorld()
      const steps = history.map((step) => ({ records: () => world.records(step), kill: step.kill }))
      let left = history.length
      const check = (estate: Estate, view: DriftView) => {
        const { unmanaged, missing } = naively(estate.engine.reader)
        expect(of(view, 'unmanaged')).toEqual(unmanaged)
        expect(missing).toEqual(expect.arrayContaining(of(view, 'missing')))
        // The last lists are newer than all states.
        if (left-- === 0) expect(of(view, 'missing')).toEqual(missing)
      }
      await follow({
        steps: [...steps, { records: () => world.lists(), kill: null }],
        check,
        options: { settleMs: 0 },
      })
    }),
    runs(12),
  )
}, 480_000)
