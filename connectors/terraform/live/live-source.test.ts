import { describe, expect, test } from 'bun:test'
import { recordingSink } from '../../../test/sources/recording-sink.ts'
import { scanAll } from '../../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { terraformOptions } from '../options.ts'
import { TerraformSource } from '../terraform-source.ts'
import { parseWhere } from '../where.ts'
import { arn, coded, estate, liveScan, open, redactor, stateIn, thing, things } from './live.case.ts'
import { ProviderError } from './provider/provider-error.ts'
import { unknown, worldOf } from './test-world.ts'

describe('live reading', () => {
  test('is off where nothing asks for it', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(['a']))
    const source = new TerraformSource(
      parseWhere(folder.path),
      terraformOptions.parse({}),
      {
        redactor,
        streamingThresholdBytes: 1 << 20,
        chunkBytes: 4096,
        knownScopes: () => [],
        budget: () => ({ take: async () => undefined, throttled: () => undefined }),
      },
      worldOf({}),
    )
    const sink = recordingSink()
    await scanAll(source, sink)
    expect(sink.scans.map(({ scope }) => scope.split('/').at(-1))).toEqual(['state'])
  })

  test('reads each managed instance into a scope beside the state, complete, under its address', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(['a', 'b']))
    const world = worldOf({ a: thing('a'), b: thing('b', { size: 'large' }) })
    const { scope, resources, outcome } = await liveScan(open(folder.path, true, world))
    expect(scope).toBe(`terraform/${`${folder.path}/s.tfstate`.replaceAll('/', '%2F')}/-/live` as typeof scope)
    expect(resources.map(({ id, configuration }) => [id, configuration?.size])).toEqual([
      ['aws_instance.a', 'small'],
      ['aws_instance.b', 'large'],
    ])
    expect(outcome).toMatchObject({ complete: true, warnings: [] })
    expect(outcome?.attributes).toMatchObject({
      lineage: 'one',
      serial: 1,
      provider_configurations: {
        'registry.terraform.io/hashicorp/aws': {
          instances: 2,
          region: 'eu-west-1',
          allowed_account_ids: ['111122223333'],
        },
      },
    })
    expect(world.opened[0]).toMatchObject({
      workingDirectory: folder.path,
      configuration: { region: 'eu-west-1', allowed_account_ids: ['111122223333'] },
    })
    expect(world.open_).toEqual({ now: 0, most: 1 })
  })

  test('data sources, deposed objects and what exists in the state alone are not read', async () => {
    await using folder = await temporaryFolder()
    const ofProvider = (name: string) => ({ provider: `provider["${name}"]` })
    await stateIn(
      folder,
      state4([
        resource4('data', { id: 'data' }, { mode: 'data' }),
        resource4('old', { id: 'old' }, {}, { deposed: '1a2b3c4d' }),
        resource4(
          'pet',
          { id: 'pet' },
          { type: 'random_pet', ...ofProvider('registry.terraform.io/hashicorp/random') },
        ),
        resource4('data_', { id: 'd' }, { type: 'terraform_data', ...ofProvider('terraform.io/builtin/terraform') }),
        resource4('a', thing('a')),
      ]),
    )
    const world = worldOf(things(['a']))
    const { resources, outcome } = await liveScan(open(folder.path, true, world))
    expect(resources.map(({ id }) => id)).toEqual(['aws_instance.a'])
    expect(outcome?.complete).toBe(true)
  })

  test('one process for each provider configuration, no more at once than max_processes', async () => {
    await using folder = await temporaryFolder()
    const of = (name: string, alias: string, region: string) =>
      resource4(
        name,
        { id: name, arn: arn(name, region) },
        { provider: `provider["registry.terraform.io/hashicorp/aws"]${alias}` },
      )
    await stateIn(
      folder,
      state4([
        of('a', '', 'us-east-1'),
        of('b', '.eu', 'eu-west-1'),
        of('c', '.ap', 'ap-south-1'),
        of('d', '.sa', 'sa-east-1'),
      ]),
    )
    const world = worldOf(Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, { id }])))
    const live = {
      max_processes: 2,
      configurations: { 'registry.terraform.io/hashicorp/aws.sa': { region: 'sa-west-9' } },
    }
    const { outcome } = await liveScan(open(folder.path, live, world))
    expect(world.opened.map(({ configuration }) => configuration.region).sort()).toEqual([
      'ap-south-1',
      'eu-west-1',
      'sa-west-9',
      'us-east-1',
    ])
    expect(world.open_).toEqual({ now: 0, most: 2 })
    // It is in another region than the user says, where it would look deleted.
    expect(coded(outcome?.errors)).toEqual([{ code: 'other_region', ids: ['aws_instance.d'] }])
  })

  test('reads side by side within concurrency, and memory holds no more instances than that', async () => {
    await using folder = await temporaryFolder()
    const names = Array.from({ length: 200 }, (_, n) => `n${n}`)
    await stateIn(folder, estate(names))
    const world = worldOf(things(names))
    world.onRead = () => new Promise((resolve) => setImmediate(resolve))
    const { resources } = await liveScan(open(folder.path, { concurrency: 5 }, world, { readsOnce: true }))
    expect(resources).toHaveLength(200)
    expect(world.reads).toEqual({ count: 200, now: 0, most: 5 })
  })
})

describe('what could not be read', () => {
  test('I5: is an error with its reason and addresses; the rest is read, and nothing is deleted', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(['a', 'b', 'c', 'd']))
    const world = worldOf({
      a: thing('a'),
      b: unknown('denied'),
      c: unknown('denied'),
      d: unknown('timed_out', 'after 60 s'),
    })
    const { resources, outcome, gone } = await liveScan(open(folder.path, true, world))
    expect(resources.map(({ id }) => id)).toEqual(['aws_instance.a'])
    expect(gone).toEqual([])
    expect(outcome?.complete).toBe(false)
    expect(outcome?.errors).toEqual([
      {
        message: 'aws_instance.b and 1 more could not be read: access is denied: no',
        what: 'could not be read: access is denied: no',
        hint: 'Give the credentials that vaino runs with read access; docs/drift.md has a policy.',
        code: 'denied',
        ids: ['aws_instance.b', 'aws_instance.c'],
      },
      expect.objectContaining({ code: 'timed_out', ids: ['aws_instance.d'] }),
    ])
  })

  test('a provider that cannot be asked: all its instances, and the other providers are asked', async () => {
    await using folder = await temporaryFolder()
    const kubernetes = { provider: 'provider["registry.terraform.io/hashicorp/kubernetes"]', type: 'kubernetes_secret' }
    await stateIn(
      folder,
      state4([
        resource4('a', thing('a')),
        resource4('s', { id: 's' }, kubernetes),
        resource4('t', { id: 't' }, kubernetes),
      ]),
    )
    const world = worldOf(things(['a']))
    const { resources, outcome } = await liveScan(open(folder.path, true, world))
    expect(resources).toHaveLength(1)
    expect(outcome?.errors).toEqual([
      {
        message:
          'kubernetes_secret.s and 1 more not read, because the provider is not configured: nothing in the state says how registry.terraform.io/hashicorp/kubernetes is configured',
        what: 'not read, because the provider is not configured: nothing in the state says how registry.terraform.io/hashicorp/kubernetes is configured',
        hint: 'Say it in vaino.yaml, as an option of the source: live: {configurations: {"registry.terraform.io/hashicorp/kubernetes": {…}}}; {} where its environment variables suffice.',
        code: 'not_configured',
        ids: ['kubernetes_secret.s', 'kubernetes_secret.t'],
      },
    ])
    const given = { configurations: { 'registry.terraform.io/hashicorp/kubernetes': {} } }
    world.things.set('s', { id: 's' }).set('t', { id: 't' })
    expect((await liveScan(open(folder.path, given, world))).outcome?.complete).toBe(true)
  })

  test('a binary that is missing, and a type that the provider does not have', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, state4([resource4('a', thing('a')), resource4('n', { id: 'n' }, { type: 'aws_unheard_of' })]))
    const world = worldOf(things(['a']))
    const { outcome } = await liveScan(open(folder.path, true, world))
    expect(coded(outcome?.errors)).toEqual([{ code: 'no_such_type', ids: ['aws_unheard_of.n'] }])
    world.onOpen = () => {
      throw new ProviderError('no_binary', 'it is not in /a, /b')
    }
    const second = await liveScan(open(folder.path, true, world))
    expect(coded(second.outcome?.errors)).toEqual([{ code: 'no_binary', ids: ['aws_instance.a', 'aws_unheard_of.n'] }])
  })

  test('a state of format 3 says so', async () => {
    await using folder = await temporaryFolder()
    const resources = { 'aws_instance.a': { type: 'aws_instance', primary: { id: 'a', attributes: { id: 'a' } } } }
    const modules = [{ path: ['root'], outputs: {}, resources }]
    await stateIn(folder, JSON.stringify({ version: 3, serial: 1, lineage: 'l', modules }))
    const { outcome } = await liveScan(open(folder.path, true, worldOf({})))
    expect(coded(outcome?.errors)).toEqual([{ code: 'unsupported_state', ids: undefined }])
  })

  test('a defect ends the pass, and no process is left', async () => {
    await using folder = await temporaryFolder()
    await stateIn(folder, estate(['a', 'b', 'c']))
    const world = worldOf(things(['a', 'b', 'c']))
    world.onRead = ({ address }) => {
      if (address === 'aws_instance.b') throw new Error('boom')
    }
    const { outcome } = await liveScan(open(folder.path, true, world))
    expect(outcome?.complete).toBe(false)
    expect(world.open_.now).toBe(0)
    expect(world.reads.now).toBe(0)
  })
})
