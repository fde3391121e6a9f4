import { expect, test } from 'bun:test'
import { type Real, unknown, type World, worldOf } from '../../connectors/terraform/live/test-world.ts'
import { terraformOptions } from '../../connectors/terraform/options.ts'
import { TerraformSource } from '../../connectors/terraform/terraform-source.ts'
import { liveScopeOf, parseWhere, scopeOf } from '../../connectors/terraform/where.ts'
import { noRules } from '../../model/rules.ts'
import { redactor, resource4, state4 } from '../../test/terraform/states.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { driftOnce, type OnceProgress, type OnceState } from './drift-once.ts'
import { driftItemOf, Tally } from './once-report.ts'

const signal = new AbortController().signal
const arn = (name: string) => `arn:aws:ec2:eu-west-1:111122223333:instance/${name}`
const thing = (name: string, more: object = {}) => ({ id: name, arn: arn(name), size: 'small', ...more })
const schema = {
  aws_instance: { classes: { id: 'computed', arn: 'computed', size: 'optional', hits: 'optional' } },
} as const

/** Compares a state of `aws_instance`s with a world. */
async function compared(names: readonly string[], world: World, more: Parameters<typeof state4>[1] = {}) {
  await using folder = await temporaryFolder()
  await folder.write(
    's.tfstate',
    state4(
      names.map((name) => resource4(name, thing(name))),
      more,
    ),
  )
  const context = {
    redactor,
    streamingThresholdBytes: 1 << 20,
    chunkBytes: 4096,
    knownScopes: () => [],
    readsOnce: true,
    budget: () => ({ take: async () => undefined, throttled: () => undefined }),
  }
  const source = new TerraformSource(parseWhere(folder.path), terraformOptions.parse({ live: true }), context, world)
  const states: OnceState[] = []
  const progress: OnceProgress[] = []
  const options = { redactor, wants: () => true, onProgress: (one: OnceProgress) => void progress.push(one) }
  for await (const state of driftOnce(source, options, signal)) states.push(state)
  const [state] = states
  if (state === undefined || states.length > 1) throw new Error('expected one state')
  const items = state.items.map((item) => driftItemOf(item, noRules, Date.now()))
  const tally = new Tally()
  tally.add(items, state.failure)
  return {
    folder,
    state,
    items,
    tally,
    progress,
    said: Object.fromEntries(items.map((item) => [item.address.slice(13), item])),
  }
}

const worldWith = (things: Readonly<Record<string, Real>>) => worldOf(things, schema)
const ten = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
const all = () => Object.fromEntries(ten.map((name): [string, Real] => [name, thing(name)]))

test('what is as the state has it is read once, and the verdict is 0', async () => {
  const world = worldWith(all())
  const { items, tally, progress } = await compared(ten, world)
  expect(items.every(({ status }) => status === 'in_sync')).toBe(true)
  expect(tally).toMatchObject({ exitCode: 0, coverage: { managed: 10, in_sync: 10, percent: 100 } })
  expect(world.reads.count).toBe(10)
  expect(progress.at(-1)).toMatchObject({ read: 10, of: 10, isSecondLook: false })
})

test('what differs and what is not there is read again, in a process of its own, before it is said', async () => {
  const world = worldWith({ ...all(), a: thing('a', { size: 'large' }), j: null })
  const { said, tally, folder } = await compared(ten, world)
  expect(said.a).toMatchObject({
    status: 'changed',
    tier: 'state',
    fields: [{ path: 'size', before: 'small', after: 'large' }],
    state: scopeOf(`${folder.path}/s.tfstate`),
    key: `${liveScopeOf(`${folder.path}/s.tfstate`)}/aws_instance.a`,
    identity: arn('a'),
    resource_id: 'a',
    region: 'eu-west-1',
    account: '111122223333',
  })
  expect(said.j).toMatchObject({ status: 'missing', fields: [], message: null })
  expect(tally).toMatchObject({ exitCode: 1, coverage: { in_sync: 8, changed: 1, missing: 1, unknown: 0 } })
  expect(world.reads.count).toBe(12)
  expect(world.opened).toHaveLength(2)
})

test('a null that the second look does not see is no drift', async () => {
  const world = worldWith({ ...all(), j: null })
  world.onRead = () => {
    if (world.reads.count === 11) world.things.set('j', thing('j'))
  }
  const { said, tally } = await compared(ten, world)
  expect(said.j?.status).toBe('in_sync')
  expect(tally.exitCode).toBe(0)
})

test('a field that moves by itself is no drift, and hides none beside it', async () => {
  const world = worldWith(all())
  world.onRead = () => {
    const hits = world.reads.count
    world.things.set('a', thing('a', { hits })).set('b', thing('b', { hits, size: 'large' }))
  }
  const { said } = await compared(ten, world)
  expect(said.a?.status).toBe('in_sync')
  expect(said.b).toMatchObject({ status: 'changed', fields: [{ path: 'size' }] })
})

test('what could not be read is unknown with its reason, and alone makes the verdict 2', async () => {
  const { said, tally } = await compared(ten, worldWith({ ...all(), c: unknown('throttled', 'slow down') }))
  expect(said.c).toMatchObject({
    status: 'unknown',
    reason: 'throttled',
    message: 'could not be read: too many requests: slow down',
    hint: expect.stringContaining('live.concurrency'),
  })
  expect(tally).toMatchObject({ exitCode: 2, coverage: { unknown: 1, percent: 90 } })
})

test('a difference stays one where the second look could not look', async () => {
  const world = worldWith({ ...all(), a: thing('a', { size: 'large' }) })
  world.onRead = () => {
    if (world.reads.count === 11) world.things.set('a', unknown('timed_out'))
  }
  const { said } = await compared(ten, world)
  expect(said.a).toMatchObject({ status: 'changed', fields: [{ path: 'size' }] })
})

test('many that are null at once are unknown, never missing', async () => {
  const { items, tally } = await compared(ten, worldWith({}))
  expect(new Set(items.map(({ status, reason }) => `${status} ${reason}`))).toEqual(new Set(['unknown null_held']))
  expect(tally.exitCode).toBe(2)
})

test('a state that can not be read makes the verdict 2', async () => {
  const { state, tally } = await compared(ten, worldWith(all()), { version: 9 })
  expect(state.failure?.message).toContain('is of state format 9')
  expect(tally).toMatchObject({ exitCode: 2, coverage: { managed: 0 } })
})
