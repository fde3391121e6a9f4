import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Json, Resource } from '../../model/resource.ts'
import { runs } from '../../test/property.ts'
import { follow } from './history.case.ts'

const scope = 'kubernetes/test/-/ConfigMap'
const names = ['a', 'b', 'c']

/** What an object is at a step of its history. */
const objects = fc.record({
  name: fc.constantFrom(...names),
  /** Null: it is deleted. */
  size: fc.option(fc.nat({ max: 2 }), { freq: 6 }),
  isOwned: fc.boolean(),
  isOfSystem: fc.boolean(),
  team: fc.constantFrom('web', 'shop'),
  /** Whether somebody has applied it, and with which size. */
  applied: fc.option(fc.nat({ max: 2 }), { freq: 2 }),
  note: fc.constantFrom('', '"applied":', '"tags'),
  kill: fc.option(fc.nat({ max: 20 })),
})
type Step = typeof objects extends fc.Arbitrary<infer S> ? S : never

const owner = { apiVersion: 'v1', kind: 'Thing', name: 'x', uid: '1', controller: true }

/**
 * @param at of the step: each makes a change, since what is applied isn't compared by itself
 */
function objectOf({ name, size, isOwned, isOfSystem, team, applied, note }: Step, at: number): Resource {
  const fields: Json = applied === size ? [] : [{ path: 'data.size', before: applied, after: size, owner: null }]
  return {
    ...{
      id: `default/${name}`,
      type: 'ConfigMap',
      name,
      provider: 'kubernetes',
      account: 'test',
      namespace: 'default',
    },
    configuration: { ...(isOwned ? { metadata: { ownerReferences: [owner] } } : {}), data: { size, note, at } },
    // The log keeps the tags that a thing had when it drifted, and the list has those of now.
    tags: applied === null ? { team, ...(isOfSystem ? { 'kubernetes.io/bootstrapping': 'x' } : {}) } : {},
    metadata: applied === null ? {} : { applied: { by: 'last-applied', version: `v${applied}`, fields } },
  }
}

function recordOf(step: Step, at: number): object {
  const { name, size } = step
  return size === null
    ? { kind: 'gone', scope, id: `default/${name}` }
    : { kind: 'observed', scope, resource: objectOf(step, at) }
}

test('I14, I11: what was applied to objects is the same whatever comes in which order, killed at any moment or computed anew', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(objects, { minLength: 3, maxLength: 14 }), async (history) => {
      const last = new Map<string, Step>()
      const steps = history.map((step, at) => ({
        records: () => {
          last.set(step.name, step)
          return [recordOf(step, at)]
        },
        kill: step.kill,
      }))
      await follow({
        steps,
        check(_, view) {
          const live = [...last.values()].filter(({ size }) => size !== null)
          const applied = live.filter((one) => one.applied !== null)
          const nobodys = live.filter((one) => one.applied === null && !one.isOwned && !one.isOfSystem)
          expect(view.coverage()).toMatchObject({
            changed: applied.filter((one) => one.applied !== one.size).length,
            in_sync: applied.filter((one) => one.applied === one.size).length,
            ...{ unknown: 0, not_covered: 0, managed: applied.length },
            not_applied: nobodys.length,
          })
        },
      })
    }),
    runs(12),
  )
}, 240_000)
