import { describe, expect, test } from 'bun:test'
import { rm, utimes } from 'node:fs/promises'
import type { ScanError } from '../../../model/record.ts'
import { recordingSink } from '../../../test/sources/recording-sink.ts'
import { scanAll } from '../../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { arn, coded, estate, liveScan, open, stateIn, thing, things } from './live.case.ts'
import { worldOf } from './test-world.ts'

describe('what is not there', () => {
  const ten = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
  const gone = ['aws_instance.j']

  test('a null is believed when a later pass sees it too, and then said in each pass', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(ten))
    const world = worldOf(things(ten))
    world.things.delete('j')
    const source = open(folder.path, true, world)
    const first = await liveScan(source)
    expect(coded(first.outcome?.errors)).toEqual([{ code: 'null_once', ids: gone }])
    expect(first.gone).toEqual([])
    for (let pass = 2; pass < 4; pass++) {
      const next = await liveScan(source)
      expect(next.outcome?.complete).toBe(true)
      expect(next.gone).toEqual(gone)
      expect(coded(next.outcome?.warnings)).toEqual([{ code: 'missing', ids: gone }])
    }
    world.things.set('j', thing('j'))
    const back = await liveScan(source)
    expect(back.outcome).toMatchObject({ complete: true, warnings: [] })
    world.things.delete('j')
    expect(coded((await liveScan(source)).outcome?.errors)).toEqual([{ code: 'null_once', ids: gone }])
  })

  test('a second look in a fresh round is a witness, of the asked ids alone', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(ten))
    const world = worldOf(things(ten))
    for (const id of ['i', 'j']) world.things.delete(id)
    const source = open(folder.path, true, world, { readsOnce: true })
    const first = await liveScan(source)
    expect(coded(first.outcome?.errors)).toEqual([{ code: 'null_once', ids: ['aws_instance.i', 'aws_instance.j'] }])
    world.things.set('i', thing('i'))
    const again = recordingSink()
    const writer = await again.scan(first.scope)
    const missed: ScanError[] = []
    const out = { ...writer, missed: (error: ScanError) => missed.push(error), absent: () => {}, other: () => {} }
    const ids = new Set(['aws_instance.i', 'aws_instance.j'])
    const report = await source.reread?.({ scope: first.scope }, ids, out, new AbortController().signal)
    expect(again.scans[0]).toMatchObject({ gone, resources: [{ id: 'aws_instance.i' }] })
    expect(coded(report?.warnings)).toEqual([{ code: 'missing', ids: gone }])
    expect(missed).toEqual([])
    expect(world.reads.count).toBe(12)
  })

  test('a second look starts the processes of the asked ids alone', async () => {
    await using folder = await temporaryFolder()
    const eu = { provider: 'provider["registry.terraform.io/hashicorp/aws"].eu' }
    const resources = [...ten.map((name) => resource4(name, thing(name))), resource4('z', thing('z'), eu)]
    await stateIn(folder, state4(resources))
    const world = worldOf(things([...ten, 'z']))
    world.things.delete('z')
    const source = open(folder.path, true, world, { readsOnce: true })
    const { scope } = await liveScan(source)
    expect(world.opened).toHaveLength(2)
    const out = { ...(await recordingSink().scan(scope)), missed: () => undefined, absent: () => {}, other: () => {} }
    await source.reread?.({ scope }, new Set(['aws_instance.z']), out, new AbortController().signal)
    expect(world.opened).toHaveLength(3)
  })

  test('I11: a process that was started anew goes on where the scope says the last one was', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(ten))
    const world = worldOf(things(ten))
    world.things.delete('j')
    const { scope, outcome } = await liveScan(open(folder.path, true, world))
    const knownScopes = () => [{ scope, status: 'failing' as const, attributes: {}, errors: outcome?.errors ?? [] }]
    const second = await liveScan(open(folder.path, true, world, { knownScopes }))
    expect(second.gone).toEqual(gone)
    const status = {
      scope,
      status: 'fresh' as const,
      attributes: { ...second.outcome?.attributes },
      warnings: second.outcome?.warnings ?? [],
    }
    const third = await liveScan(open(folder.path, true, world, { knownScopes: () => [status] }))
    expect(third.gone).toEqual(gone)
    expect(third.outcome?.complete).toBe(true)
  })

  test('many at once are held, for as many passes as they last', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(ten))
    const world = worldOf(things(ten.slice(0, 6)))
    const source = open(folder.path, true, world)
    for (let pass = 0; pass < 3; pass++) {
      const scan = await liveScan(source)
      expect(scan.gone).toEqual([])
      expect(coded(scan.outcome?.errors)).toMatchObject([{ code: 'null_held' }])
    }
  })

  test('a thing that a newer state names otherwise begins anew', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(ten))
    const world = worldOf(things(ten))
    world.things.delete('j')
    const source = open(folder.path, true, world)
    await liveScan(source)
    await liveScan(source)
    const renamed = ten.map((name) => resource4(name, thing(name === 'j' ? 'j2' : name)))
    await stateIn(folder, state4(renamed, { serial: 2 }))
    expect(coded((await liveScan(source)).outcome?.errors)).toEqual([{ code: 'null_once', ids: gone }])
  })
})

describe('a field that moves by itself', () => {
  test('is learnt by reading twice, stands beside the configuration, and is known from then on', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(['a']))
    const world = worldOf(things(['a']))
    let now = 0
    world.onRead = () => void world.things.set('a', thing('a', { stats: [{ hits: ++now, of: 'x' }] }))
    const source = open(folder.path, true, world)
    const { resources, outcome } = await liveScan(source)
    expect(resources[0]?.configuration).toEqual({ id: 'a', arn: arn('a'), size: 'small', stats: [{ of: 'x' }] })
    expect(resources[0]?.metadata).toMatchObject({ computed: { 'stats.hits': 2 }, volatile: ['stats.hits'] })
    expect(outcome?.attributes?.volatile).toEqual({ 'aws_instance.a': ['stats.hits'] })
    expect(world.reads.count).toBe(2)
    const next = await liveScan(source)
    expect(world.reads.count).toBe(3)
    expect(next.resources[0]?.configuration).toEqual(resources[0]?.configuration)
  })
})

describe('while Terraform is at work', () => {
  test('a locked state is not read, a lock that was left behind is warned of', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(['a']))
    const lock = `${folder.path}/.s.tfstate.lock.info`
    await folder.write('.s.tfstate.lock.info', JSON.stringify({ Operation: 'OperationTypeApply', Who: 'anna@laptop' }))
    const world = worldOf(things(['a']))
    const source = open(folder.path, true, world)
    const locked = await liveScan(source)
    expect(locked.outcome?.errors).toMatchObject([
      { code: 'apply_in_progress', message: 'an apply is in progress (OperationTypeApply by anna@laptop)' },
    ])
    expect(world.opened).toEqual([])
    const old = new Date(Date.now() - 16 * 60 * 1000)
    await utimes(lock, old, old)
    const stale = await liveScan(source)
    expect(stale.outcome?.complete).toBe(true)
    expect(coded(stale.outcome?.warnings)).toEqual([{ code: 'stale_lock', ids: undefined }])
    await rm(lock)
    expect((await liveScan(source)).outcome?.warnings).toEqual([])
  })

  test('a state that is written meanwhile ends the pass, which is repeated soon', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(['a']))
    const world = worldOf(things(['a']))
    let serial = 1
    world.onRead = async () => {
      if (serial < 2) await stateIn(folder, state4([resource4('a', thing('a'))], { serial: ++serial }))
    }
    const sink = recordingSink()
    await scanAll(open(folder.path, true, world), sink)
    const scans = sink.scans.filter(({ scope }) => scope.endsWith('live'))
    expect(scans.map(({ outcome }) => outcome?.complete)).toEqual([false, true])
    expect(coded(scans[0]?.outcome?.errors)).toEqual([{ code: 'apply_in_progress', ids: undefined }])
  })
})

test('I9: what the state or the schema marks, and the data of a Kubernetes Secret, is redacted before it is handed on', async () => {
  await using folder = await temporaryFolder()
  const secret = 'correct-horse-battery'
  const marked = [[{ type: 'get_attr', value: 'note' }]]
  const manifest = { provider: 'provider["registry.terraform.io/hashicorp/kubernetes"]', type: 'kubernetes_manifest' }
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { key: 'Y29ycmVjdC1ob3JzZQ==' } }
  await stateIn(
    folder,
    state4([
      resource4(
        'a',
        thing('a', { note: 'x' }),
        {},
        { sensitive_attributes: marked, private: Buffer.from('p').toString('base64') },
      ),
      resource4('m', { id: 'm' }, manifest),
    ]),
  )
  const world = worldOf(
    {
      a: thing('a', { note: secret, copy: `see ${secret}`, settings: [{ key: 'the-client-key', user: 'u' }] }),
      m: { id: 'm', object: { value: object, type: ['object', {}] } },
    },
    { aws_instance: { sensitive: ['settings.key'] } },
  )
  const live = { configurations: { 'registry.terraform.io/hashicorp/kubernetes': {} } }
  const { resources } = await liveScan(open(folder.path, live, world))
  const text = JSON.stringify(resources)
  for (const planted of [secret, 'the-client-key', 'Y29ycmVjdC1ob3JzZQ==']) expect(text).not.toContain(planted)
  expect(text).toContain('"user":"u"')
})
