import { describe, expect, test } from 'bun:test'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import { driftFilePath } from '../../storage/drift/drift-file.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import {
  desired,
  itemsOf,
  liveScopeOf,
  logOf,
  openEstate,
  reading,
  scanOf,
  stateScope,
  storyOf,
} from './estate.case.ts'

const [state, live] = [stateScope('app'), liveScopeOf('app')]
const web = desired('toy_web.a', { size: 1, name: 'a' })
const db = desired('toy_db.a', { size: 1, name: 'b' })

describe('a state that is read live', () => {
  test('I14: shows what changed behind Terraform, since when, and that it was resolved', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    await estate.send(
      ...scanOf(state, 's1', [web, db]),
      ...scanOf(live, 'l1', [reading(web, { size: 1, name: 'a' }), reading(db, { size: 1, name: 'b' })]),
    )
    await view.whenCaughtUp()
    expect(itemsOf(view)).toEqual([])
    expect(view.coverage()).toMatchObject({ managed: 2, in_sync: 2, unknown: 0, percent: 100 })

    await estate.send(
      ...scanOf(live, 'l2', [reading(web, { size: 4, name: 'a' }), reading(db, { size: 1, name: 'b' })]),
    )
    await view.whenCaughtUp()
    const [item] = itemsOf(view)
    expect(item).toMatchObject({
      status: 'changed',
      tier: 'since_apply',
      address: 'toy_web.a',
      state,
      key: `${live}/toy_web.a`,
      fields: [{ path: 'size', before: 1, after: 4 }],
    })
    expect(view.coverage()).toMatchObject({ changed: 1, in_sync: 1 })

    await estate.send(
      ...scanOf(live, 'l3', [reading(web, { size: 1, name: 'a' }), reading(db, { size: 1, name: 'b' })]),
    )
    await view.whenCaughtUp()
    expect(storyOf(view)).toEqual([
      'open toy_web.a changed since_apply size',
      'resolved toy_web.a changed since_apply size',
    ])
    expect(logOf(view)[1]?.drift.resolved_at).not.toBeNull()
    expect(itemsOf(view)).toEqual([])
    expect(estate.failures).toEqual([])
  })

  test('I14: what changed before vaino was looking is of the tier state, and an apply that takes it in resolves it', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    const taken = desired('toy_web.a', { size: 1, name: 'other' })
    await estate.send(...scanOf(state, 's1', [web]), ...scanOf(live, 'l1', [reading(web, { size: 1, name: 'other' })]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'changed', tier: 'state', fields: [{ path: 'name' }] }])
    // The state moves first. Until the next reading nothing is known, and the log says nothing.
    await estate.send(...scanOf(state, 's2', [taken]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'unknown', reason: 'state_moved', fields: [{ path: 'name' }] }])
    // The reading is the same, so there is no change: the end of the scan alone shows that it was made.
    await estate.send(...scanOf(live, 'l2', [reading(taken, { size: 1, name: 'other' })]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toEqual([])
    expect(storyOf(view)).toEqual(['open toy_web.a changed state name', 'resolved toy_web.a changed state name'])
  })

  test('I14: what was not read is unknown with its reason, never in sync', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    await estate.send(
      ...scanOf(state, 's1', [web, db]),
      ...scanOf(live, 'l1', [reading(web, { size: 1, name: 'a' })], {
        errors: [{ message: 'no', code: 'denied', ids: ['toy_db.a'] }],
      }),
    )
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ address: 'toy_db.a', status: 'unknown', reason: 'denied', message: 'no' }])
    await estate.send(
      ...scanOf(live, 'l2', [reading(web, { size: 1, name: 'a' }), reading(db, { size: 1, name: 'b' })]),
    )
    await estate.send(
      ...scanOf(live, 'l3', [reading(web, { size: 1, name: 'a' })], {
        errors: [{ message: 'no', code: 'throttled', ids: ['toy_db.a'] }],
      }),
    )
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ address: 'toy_db.a', status: 'unknown', reason: 'throttled' }])
    await estate.send(
      ...scanOf(live, 'l4', [], { errors: [{ message: 'an apply is in progress', code: 'apply_in_progress' }] }),
    )
    await view.whenCaughtUp()
    expect(itemsOf(view).map(({ address, status, reason }) => [address, status, reason])).toEqual([
      ['toy_db.a', 'unknown', 'apply_in_progress'],
      ['toy_web.a', 'unknown', 'apply_in_progress'],
    ])
    expect(view.coverage()).toMatchObject({ managed: 2, in_sync: 0, unknown: 2, percent: 0 })
    expect(logOf(view)).toEqual([])
  })

  test('a source that has fallen silent knows nothing any more', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    const old = '2020-01-01T00:00:00Z'
    const records = scanOf(live, 'l1', [reading(web, { size: 1, name: 'a' })]).map((record) => ({
      ...record,
      observed_at: old,
    }))
    await estate.send(...scanOf(state, 's1', [web]), ...records)
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'unknown', reason: 'stale' }])
  })

  test('an error that does not name all that it is about leaves nothing known', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    await estate.send(
      ...scanOf(state, 's1', [web]),
      ...scanOf(live, 'l1', [reading(web, { size: 1, name: 'a' })], {
        errors: [{ message: 'no', code: 'denied', ids: ['toy_db.a'], count: 700 }],
      }),
    )
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ address: 'toy_web.a', status: 'unknown', reason: 'denied' }])
  })

  test('what its source says is gone is missing, and what a scan just misses is not', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    const both = [reading(web, { size: 1, name: 'a' }), reading(db, { size: 1, name: 'b' })]
    await estate.send(...scanOf(state, 's1', [web, db]), ...scanOf(live, 'l1', both))
    await estate.send(...scanOf(live, 'l2', both.slice(0, 1), { gone: ['toy_db.a'] }))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ address: 'toy_db.a', status: 'missing' }])
    await estate.send(...scanOf(live, 'l3', both))
    await estate.send(...scanOf(live, 'l4', both.slice(0, 1)))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ address: 'toy_db.a', status: 'unknown', reason: 'not_read' }])
    expect(storyOf(view)).toEqual(['open toy_db.a missing ', 'resolved toy_db.a missing '])
  })

  test('what was gone before the first pass is missing by the word of the scan', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    const warnings = [{ message: 'gone', code: 'missing', ids: ['toy_db.a'] }]
    await estate.send(
      ...scanOf(state, 's1', [web, db]),
      ...scanOf(live, 'l1', [reading(web, { size: 1, name: 'a' })], { warnings }),
    )
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ address: 'toy_db.a', status: 'missing' }])
    await estate.send(...scanOf(state, 's2', [web]), ...scanOf(live, 'l2', [reading(web, { size: 1, name: 'a' })]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toEqual([])
    expect(logOf(view).at(-1)).toMatchObject({ event: 'resolved', drift: { reason: 'not_managed' } })
  })

  test('an addition that another managed instance made is none, and is one when that instance leaves', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    const host = desired('toy_host.a', { ports: ['p-1111'] })
    const port = desired('toy_port.b', { id: 'p-2222' })
    const readings = [reading(host, { ports: ['p-1111', 'p-2222'] }), reading(port, { id: 'p-2222' })]
    await estate.send(...scanOf(state, 's1', [host, port]), ...scanOf(live, 'l1', readings))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toEqual([])
    await estate.send(...scanOf(state, 's2', [host]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([
      { address: 'toy_host.a', fields: [{ path: 'ports[=p-2222]', after: 'p-2222' }] },
    ])
  })
})

describe('who did it', () => {
  const anna = { arn: 'arn:aws:iam::111122223333:user/anna' }
  const terraform = { user_agent: 'APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io)' }
  const first = [...scanOf(state, 's1', [web]), ...scanOf(live, 'l1', [reading(web, { size: 1, name: 'a' })])]
  const changed = (by: object) => scanOf(live, 'l2', [reading(web, { size: 4, name: 'a' })], { by: () => by })

  test('is said where the real thing was changed by somebody who is known, and by the log too', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    await estate.send(...first)
    const records = changed(anna).map((record) =>
      'resource' in record ? { ...record, occurred_at: '2026-11-23T12:00:00.000Z' } : record,
    )
    await estate.send(...records)
    await view.whenCaughtUp()
    const by = { actor: anna, occurred_at: '2026-11-23T12:00:00.000Z' }
    expect(itemsOf(view)).toMatchObject([{ status: 'changed', ...by }])
    expect(logOf(view)).toMatchObject([{ event: 'open', drift: by }])
    // A new state that leaves the difference is nobody's change of the real thing.
    await estate.send(...scanOf(state, 's2', [desired('toy_web.a', { size: 2, name: 'a' })]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'unknown', reason: 'state_moved', ...by }])
  })

  test('is said too where it becomes known after the change, and opens or resolves nothing', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    await estate.send(...first, ...changed({ unknown: true }).map((record) => ({ ...record, actor: null })))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'changed', actor: null }])
    const story = storyOf(view)
    const occurred_at = new Date().toISOString()
    const said = { kind: 'attributed', scope: live, id: 'toy_web.a', occurred_at, actor: anna, event: { id: 'e1' } }
    await estate.send(said)
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'changed', actor: anna, occurred_at }])
    expect(storyOf(view)).toEqual(story)
    await using folder = await temporaryFolder()
    await using anew = await estate.open({ dataDir: folder.path })
    await anew.whenCaughtUp()
    expect(itemsOf(anew)).toMatchObject([{ actor: anna, occurred_at }])
  })

  test('I14: what Terraform changes opens nothing until the state has moved', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    await estate.send(...first, ...changed(terraform))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'unknown', reason: 'apply_in_progress' }])
    const applied = desired('toy_web.a', { size: 4, name: 'a' })
    await estate.send(...scanOf(state, 's2', [applied]))
    await estate.send(...scanOf(live, 'l3', [reading(applied, { size: 4, name: 'a' })]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toEqual([])
    expect(logOf(view)).toEqual([])
  })

  test('I14: where the state stays as it is, what Terraform changed opens when the grace time is over', async () => {
    await using estate = await openEstate()
    await using view = await estate.open({ applyGraceMs: 1500 })
    await estate.send(...first, ...changed(terraform))
    await view.whenCaughtUp()
    expect(logOf(view)).toEqual([])
    await until('the grace time is over', async () => logOf(view).length > 0)
    const [entry] = logOf(view)
    expect(entry).toMatchObject({ event: 'open', drift: { status: 'changed', actor: terraform } })
    const found = estate.engine.reader.get(keyOf(live as Scope, 'toy_web.a'), estate.engine.reader.head())
    const changedAt = found.kind === 'live' ? Date.parse(found.item.changed_at) : 0
    expect(entry?.at).toBe(new Date(changedAt + 1500).toISOString())
    await using folder = await temporaryFolder()
    await using anew = await estate.open({ applyGraceMs: 1500, dataDir: folder.path })
    await anew.whenCaughtUp()
    expect(logOf(anew)).toEqual(logOf(view))
  })

  test('what somebody else changes while Terraform is at work opens at once', async () => {
    await using estate = await openEstate()
    await using view = await estate.open()
    await estate.send(...first, ...changed(terraform))
    await estate.send(...scanOf(live, 'l3', [reading(web, { size: 9, name: 'a' })], { by: () => anna }))
    await view.whenCaughtUp()
    expect(logOf(view)).toMatchObject([{ event: 'open', drift: { actor: anna, fields: [{ after: 9 }] } }])
  })
})

test('states that nobody reads live have no file and no items, and are counted as not covered', async () => {
  await using estate = await openEstate()
  await using view = await estate.open()
  await estate.send(...scanOf(state, 's1', [web, db]))
  await view.whenCaughtUp()
  expect(existsSync(driftFilePath(estate.dataDir))).toBe(false)
  expect(view.coverage()).toMatchObject({ managed: 2, unknown: 2, not_covered: 2, percent: 0 })
  expect(itemsOf(view)).toEqual([])
})

test('a live scope that is forgotten takes its drift with it', async () => {
  await using estate = await openEstate()
  await using view = await estate.open()
  await estate.send(...scanOf(state, 's1', [web]), ...scanOf(live, 'l1', [reading(web, { size: 1, name: 'x' })]))
  await view.whenCaughtUp()
  expect(itemsOf(view)).toHaveLength(1)
  await estate.engine.forget(live as Parameters<typeof estate.engine.forget>[0])
  await view.whenCaughtUp()
  expect(itemsOf(view)).toEqual([])
  expect(view.coverage()).toMatchObject({ managed: 1, not_covered: 1 })
})

test('I14: a file that is missing or damaged is rebuilt, with the same log', async () => {
  await using estate = await openEstate()
  const story: string[][] = []
  {
    await using view = await estate.open()
    await estate.send(...scanOf(state, 's1', [web, db]), ...scanOf(live, 'l1', [reading(web, { size: 1, name: 'a' })]))
    await estate.send(...scanOf(live, 'l2', [reading(web, { size: 2, name: 'a' })]))
    await estate.send(
      ...scanOf(live, 'l3', [reading(web, { size: 1, name: 'a' }), reading(db, { size: 1, name: 'z' })]),
    )
    await view.whenCaughtUp()
    story.push(
      storyOf(view),
      itemsOf(view).map((item) => JSON.stringify(item)),
    )
  }
  writeFileSync(driftFilePath(estate.dataDir), Buffer.alloc(20_000, 1))
  await using again = await estate.open()
  await again.whenCaughtUp()
  expect([storyOf(again), itemsOf(again).map((item) => JSON.stringify(item))]).toEqual(story)
  expect(path.basename(driftFilePath(estate.dataDir))).toBe('drift.sqlite')
})
