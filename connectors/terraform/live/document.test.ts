import { describe, expect, test } from 'bun:test'
import { differingPaths } from '../../../model/differing-paths.ts'
import { parseJson } from '../../../model/json.ts'
import { createRedactor } from '../../../model/redaction.ts'
import type { Resource } from '../../../model/resource.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import type { JsonObject } from '../parse-bytes.ts'
import { readState } from '../read-state.ts'
import { liveResource, takeOut } from './document.ts'
import { type ManagedInstance, readInstances, readOf } from './instances.ts'
import type { Provider } from './provider/provider.ts'
import { type TestSchema, worldOf } from './test-world.ts'

const redactor = createRedactor(new Uint8Array(32).fill(7))
const binary = { address: 'registry.terraform.io/hashicorp/aws', version: '5.100.0', path: '/p', hash: null }
const signal = new AbortController().signal

async function* bytesOf(text: string) {
  yield Buffer.from(text)
}

async function askedOf(text: string): Promise<ManagedInstance> {
  const all: ManagedInstance[] = []
  await readInstances(bytesOf(text), (each) => void all.push(each))
  const [asked] = all
  if (asked === undefined) throw new Error('no instance')
  return asked
}

const schemaOf = async (schema: TestSchema) => {
  const options = {
    binary,
    workingDirectory: '/',
    configuration: {},
    env: [],
    concurrency: 1,
    readTimeoutMs: 1,
    startTimeoutMs: 1,
  }
  const provider: Provider = await worldOf({}, { aws_instance: schema }).open(
    { ...options, redactText: (text) => text },
    signal,
  )
  return provider.schemaOf('aws_instance', signal)
}

const live = async (text: string, attributes: JsonObject, schema: TestSchema = {}) =>
  liveResource(
    await askedOf(text),
    { kind: 'present', attributes, identity: null },
    { binary, schema: await schemaOf(schema), redactor },
  )

test('equal attributes give the configuration, the tags and the place that the state has', async () => {
  const attributes = {
    id: 'i-1',
    arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1',
    tags: { a: 'b' },
    tags_all: { a: 'b', team: 'web' },
    password: 'hunter2-hunter2',
    n: 1,
  }
  const text = state4([resource4('a', attributes, {}, { status: 'tainted' })])
  const states: Resource[] = []
  await readState(bytesOf(text), { redactor, dataSources: false, observe: async (one) => void states.push(one) })
  const [state] = states
  if (state === undefined) throw new Error('no resource')
  redactor.redactResource(state)
  const actual = await live(text, structuredClone(attributes))
  const { metadata: _, ...rest } = state
  expect(actual).toMatchObject(rest)
  expect(actual.configuration).toEqual(state.configuration ?? {})
})

test('what only the provider sets stands beside the configuration, at any depth, but for what identifies the thing', async () => {
  const text = state4([resource4('a', { id: 'i-1' })])
  const disks = [
    { name: 'a', serial: 2 },
    { name: 'b', serial: 1 },
  ]
  const actual = await live(
    text,
    { id: 'i-1', arn: 'arn:x', state: 'running', disks: [...disks].reverse(), props: { x: { at: 1 } }, size: null },
    {
      classes: {
        id: 'computed',
        arn: 'computed',
        state: 'computed',
        'disks.serial': 'computed',
        'props.*.at': 'computed',
        size: 'optional',
      },
      sets: ['disks'],
      blocks: ['disks'],
    },
  )
  expect(actual.configuration).toEqual({
    id: 'i-1',
    arn: 'arn:x',
    disks: [{ name: 'a' }, { name: 'b' }],
    size: null,
    props: { x: {} },
  })
  expect(actual.metadata).toMatchObject({
    computed: { state: 'running', 'disks.serial': [1, 2], 'props.*.at': 1 },
    schema: {
      provider: 'registry.terraform.io/hashicorp/aws',
      version: '5.100.0',
      sets: ['disks'],
      blocks: ['disks'],
      computed: ['id', 'arn', 'state', 'disks.serial', 'props.*.at'],
    },
    provider_configuration: 'registry.terraform.io/hashicorp/aws',
  })
  expect(actual.metadata?.schema).not.toHaveProperty('optional_computed')
})

test('numbers keep their digits on the way to the provider and back', async () => {
  const digits = '123456789012345678901234567890'
  const text = state4([resource4('a', { id: 'i-1', n: 0 })]).replace('"n": 0', `"n": ${digits}`)
  const asked = await askedOf(text)
  expect(Buffer.from(readOf(asked).attributes).toString()).toBe(`{"id":"i-1","n":${digits}}`)
  const actual = await live(text, parseJson(`{"id":"i-1","n":${digits}}`) as JsonObject)
  expect(JSON.stringify(actual.configuration)).toBe(`{"id":"i-1","n":${digits}}`)
})

test('the provider is asked with its private data, identity and versions as the state has them', async () => {
  const more = { private: 'cHJpdmF0ZQ==', identity: { arn: 'x' }, identity_schema_version: 2, schema_version: 3 }
  const asked = await askedOf(
    state4([resource4('a', { id: 'i-1' }, { module: 'module.m["k"]' }, { index_key: 0, ...more })]),
  )
  expect(readOf(asked)).toMatchObject({
    address: 'module.m["k"].aws_instance.a[0]',
    type: 'aws_instance',
    schemaVersion: 3,
    private: 'cHJpdmF0ZQ==',
    identity: { arn: 'x' },
    identitySchemaVersion: 2,
  })
})

describe('paths without positions', () => {
  test('take out what stands there', () => {
    const configuration: JsonObject = { a: [{ b: 1, c: 2 }, { b: 3 }], m: { k: { v: 4 }, l: 'x' } }
    expect(takeOut(configuration, ['a.b', 'm.*.v', 'gone', 'a.b.c'])).toEqual({ 'a.b': [1, 3], 'm.*.v': 4 })
    expect(configuration).toEqual({ a: [{ c: 2 }, {}], m: { k: {}, l: 'x' } })
  })

  test('say where two readings differ', () => {
    expect(differingPaths({ a: [{ b: 1, c: 2 }], d: 1 }, { a: [{ b: 9, c: 2 }], d: 1 })).toEqual(['a.b'])
    expect(differingPaths({ a: [1] }, { a: [1, 2] })).toEqual(['a'])
    expect(differingPaths({ m: { 'x.y': 1 } }, { m: { 'x.y': 2 } })).toEqual(['m.*'])
    expect(differingPaths({ a: 1 }, { a: 1, b: null })).toEqual(['b'])
    expect(differingPaths({ a: [{ b: 1 }] }, { a: [{ b: 1 }] })).toEqual([])
  })
})
