import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/property.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import { configurationOf } from './configure.ts'
import { isConfigurationName, parseConfigurationAddress } from './provider-address.ts'
import { survey } from './survey.ts'

const aws = 'registry.terraform.io/hashicorp/aws'

async function* bytesOf(text: string) {
  yield Buffer.from(text)
}

async function configured(resources: readonly object[], given: Parameters<typeof configurationOf>[2] = {}) {
  const { evidence } = await survey(bytesOf(state4(resources)))
  return Object.fromEntries([...evidence].map(([name, of]) => [name, configurationOf(name, of, given)]))
}

const queue = (name: string, region: string, more: Parameters<typeof resource4>[1] = {}) =>
  resource4(
    name,
    { id: `https://sqs/${name}`, arn: `arn:aws:sqs:${region}:111122223333:${name}`, ...more },
    { type: 'aws_sqs_queue' },
  )

describe('of AWS', () => {
  test('region and account are those of most ARNs', async () => {
    const bucket = resource4('b', { id: 'b', arn: 'arn:aws:s3:::b' }, { type: 'aws_s3_bucket' })
    const policy = resource4('p', { id: 'x', arn: 'arn:aws:iam::aws:policy/Admin' }, { type: 'aws_iam_policy' })
    const { [aws]: one } = await configured([
      queue('a', 'eu-west-1'),
      queue('b', 'eu-west-1'),
      queue('c', 'us-east-1'),
      bucket,
      policy,
    ])
    expect(one).toEqual({
      configuration: { region: 'eu-west-1', allowed_account_ids: ['111122223333'] },
      inferred: ['region', 'allowed_account_ids'],
    })
  })

  test('default tags are what every tagged thing carries and its own tags lack', async () => {
    const tagged = (name: string, own: object | null, all: object) =>
      queue(name, 'eu-west-1', { tags: own as never, tags_all: all as never })
    const { [aws]: one } = await configured([
      tagged('a', null, { team: 'web', stage: 'prod', by_hand: 'x' }),
      tagged('b', { name: 'b' }, { team: 'web', stage: 'prod', name: 'b' }),
      tagged('c', { stage: 'test' }, { team: 'web', stage: 'test' }),
      queue('untagged', 'eu-west-1'),
    ])
    expect(one?.configuration.default_tags).toEqual([{ tags: { stage: 'prod', team: 'web' } }])
  })

  test('what the user gives stands, and is not called inferred', async () => {
    const given = {
      'registry.opentofu.org/hashicorp/aws': { region: 'us-west-2', skip_requesting_account_id: true, profile: 'p' },
    }
    const { [aws]: one } = await configured([queue('a', 'eu-west-1')], given)
    expect(one).toEqual({
      configuration: { region: 'us-west-2', skip_requesting_account_id: true, profile: 'p' },
      inferred: [],
    })
  })

  test('each alias, and each block of a module, is a configuration of its own', async () => {
    const of = (name: string, region: string, provider: string) => ({ ...queue(name, region), provider })
    const all = await configured([
      of('a', 'eu-west-1', `provider["${aws}"]`),
      of('b', 'us-east-1', `provider["${aws}"].us`),
      of('c', 'ap-south-1', `module.net["x"].provider["registry.opentofu.org/hashicorp/aws"].ap`),
      of('d', 'sa-east-1', 'provider.aws.sa'),
    ])
    expect(Object.entries(all).map(([name, one]) => [name, one?.configuration.region])).toEqual([
      [aws, 'eu-west-1'],
      [`${aws}.us`, 'us-east-1'],
      [`module.net["x"].${aws}.ap`, 'ap-south-1'],
      [`${aws}.sa`, 'sa-east-1'],
    ])
  })

  test('the order of instances says nothing', async () => {
    const regions = fc.array(fc.constantFrom('eu-west-1', 'us-east-1', 'ap-south-1'), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(regions, fc.infiniteStream(fc.nat()), async (given, keys) => {
        const queues = given.map((region, n) => queue(`q${n}`, region))
        const shuffled = queues.map((each) => [keys.next().value, each] as const).sort(([a], [b]) => a - b)
        expect(await configured(shuffled.map(([, each]) => each))).toEqual(await configured(queues))
      }),
      runs(50),
    )
  })
})

test('of another provider nothing follows; what the user gives is all there is', async () => {
  const name = 'registry.terraform.io/hashicorp/kubernetes'
  const secret = resource4('s', { id: 's' }, { type: 'kubernetes_secret', provider: `provider["${name}"]` })
  expect(await configured([secret])).toEqual({ [name]: null })
  expect(await configured([secret], { [name]: { config_path: '~/.kube/config' } })).toEqual({
    [name]: { configuration: { config_path: '~/.kube/config' }, inferred: [] },
  })
  const file = resource4(
    'f',
    { id: 'f' },
    { type: 'local_file', provider: 'provider["registry.terraform.io/hashicorp/local"]' },
  )
  expect(await configured([file])).toEqual({
    'registry.terraform.io/hashicorp/local': { configuration: {}, inferred: [] },
  })
})

describe('the name of a provider configuration', () => {
  test('is read from states of every age', () => {
    const name = (text: string | null, type = 'aws_x') => parseConfigurationAddress(text, type).name
    expect(name('provider["example.com/acme/thing"].a')).toBe('example.com/acme/thing.a')
    expect(name('provider["registry.terraform.io/-/aws"]')).toBe(aws)
    expect(name('module.a.module.b.provider.google')).toBe('module.a.module.b.registry.terraform.io/hashicorp/google')
    expect(name(null, 'azurerm_subnet')).toBe('registry.terraform.io/hashicorp/azurerm')
  })

  test('as a key of the configuration', () => {
    for (const good of [aws, `${aws}.eu`, `module.net["x"].${aws}.eu`, 'localhost:5000/a/b'])
      expect(isConfigurationName(good)).toBe(true)
    for (const bad of ['aws', 'aws.eu', 'hashicorp/aws', `${aws}.eu.x`, `${aws}/x`])
      expect(isConfigurationName(bad)).toBe(false)
  })
})
