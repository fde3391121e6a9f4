import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Source } from '../../connectors/source.ts'
import type { Scope } from '../../model/scope.ts'
import { runs } from '../../test/property.ts'
import { CollectedOnce } from './collected-once.ts'
import { itemsOf, openEstate, scanOf, stateScope } from './estate.case.ts'
import { follow } from './history.case.ts'
import {
  anyThere,
  anyWanted,
  bindingOf,
  chosen,
  instancesOf,
  memberOf,
  naively,
  other,
  policy,
  policyHistories,
  project,
  saidOf,
  scope,
  slots,
  type Wanted,
} from './policy-world.case.ts'

test('I14: without a server members of a policy join with a state as a naive reading of both says', async () => {
  const state = stateScope('app') as Scope
  await fc.assert(
    fc.asyncProperty(anyWanted, anyThere, async (wanted, bits) => {
      const once = new CollectedOnce()
      const instances = [other, ...instancesOf(wanted)]
      for (const one of instances) once.add(state, one)
      const source: Source = {
        name: 'test:gcp',
        async *targets() {
          yield [{ scope: scope as Scope }]
        },
        async scan(_target, out) {
          await out.observe(policy(chosen(bits)))
          return {}
        },
      }
      const config = { kind: 'gcp', where: '', intervalMs: null, forgetAfterMs: null, options: {} }
      const opened = { config, source, intervalMs: 1000, forgetAfterMs: null, isThrottled: () => false }
      const host = { redactText: (text: string) => text, onObserved: () => {} }
      await once.collect([opened], host, new AbortController().signal)
      const items = instances.map((instance) => {
        const { id: address, type } = instance
        const { status, fields } = once.existence(state, instance).verdict
        return { status, type, address, fields }
      })
      const strangers = [...once.strangers()].map(({ thing: { id: address, type } }) => ({
        ...{ status: 'unmanaged' as const, type, address, fields: [] },
      }))
      const drifted = items.filter(({ status }) => status !== 'in_sync')
      expect(saidOf([...drifted, ...strangers])).toEqual(naively(wanted, chosen(bits)))
    }),
    runs(300),
  )
})

test('I14: members of a policy join with states that write one, a role or all of it as a naive reading of both says', async () => {
  await fc.assert(
    fc.asyncProperty(policyHistories, async (steps) => {
      let [wanted, there, scans]: [Wanted, number, number] = [{ kind: 'nothing', bits: 0, role: 0, condition: 0 }, 0, 0]
      const list = () => scanOf(scope, `p${scans++}`, [policy(chosen(there))])
      const state = () => scanOf(stateScope('app'), `s${scans++}`, [other, ...instancesOf(wanted)])
      let left = steps.length
      await follow({
        steps: [
          ...steps.map((step) => ({
            kill: step.kill,
            records: () => {
              wanted = step.wanted ?? wanted
              there = step.there ?? there
              return [...(step.wanted === null ? [] : state()), ...(step.there === null ? [] : list())]
            },
          })),
          // The last list is newer than the state.
          { kill: null, records: () => [...state(), ...list()] },
        ],
        check: (_estate, view) => {
          if (left-- === 0) expect(saidOf(itemsOf(view))).toEqual(naively(wanted, chosen(there)))
        },
        options: { settleMs: 0 },
      })
    }),
    runs(5),
  )
}, 480_000)

test('a member that is added by hand is drift with who did it, and Google’s own are nobody’s', async () => {
  await using estate = await openEstate()
  await using view = await estate.open({ settleMs: 0 })
  const [viewer, editor] = [slots[0], slots[6]]
  if (viewer === undefined || editor === undefined) throw new Error('no slots')
  await estate.send(
    ...scanOf(stateScope('app'), 's1', [other, memberOf(viewer), bindingOf([editor], 1, 0)]),
    ...scanOf(scope, 'p1', [policy([viewer, editor])]),
  )
  await view.whenCaughtUp()
  expect(saidOf(itemsOf(view))).toEqual([])
  expect(view.coverage()).toMatchObject({ in_sync: 2, unmanaged: 0 })
  const added = slots.filter(({ member, condition }) => condition === null && member === 'user:b@example.com')
  await estate.send({
    ...{ kind: 'observed', scope, resource: policy([viewer, editor, ...added]) },
    ...{ actor: { principal: 'eve@example.com' }, occurred_at: new Date().toISOString() },
  })
  await view.whenCaughtUp()
  const items = itemsOf(view).filter(({ status }) => status === 'unmanaged' || status === 'changed')
  expect(items).toMatchObject([
    {
      ...{ status: 'unmanaged', type: 'google_project_iam_member', key: `${scope}/${project}` },
      ...{ address: `${project} roles/viewer user:b@example.com`, actor: { principal: 'eve@example.com' } },
    },
    {
      ...{ status: 'changed', address: 'google_project_iam_binding.b10', actor: { principal: 'eve@example.com' } },
      fields: [{ path: 'members[=user:b@example.com]', before: null, after: 'user:b@example.com' }],
    },
  ])
  expect(estate.failures).toEqual([])
})
