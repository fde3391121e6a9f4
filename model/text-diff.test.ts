import { describe, expect, test } from 'bun:test'
import { canonicalHash } from './canonical.ts'
import { diffResources } from './field-diff.ts'
import { maxNestedTexts } from './json-text.ts'
import type { Json, Resource } from './resource.ts'

const resource = (configuration: { [name: string]: Json }, type: string): Resource => ({
  id: 'x',
  type,
  provider: type.startsWith('apps.') ? 'kubernetes' : 'aws',
  configuration,
})

const hashOf = (of: Resource): string => {
  const out = new Uint32Array(2)
  canonicalHash(of, out)
  return out.join()
}

function diff(before: { [name: string]: Json }, after: { [name: string]: Json }, type = 'aws_thing') {
  const [was, is] = [resource(before, type), resource(after, type)]
  const changes = diffResources(was, is)
  expect(hashOf(was) === hashOf(is)).toBe(changes.length === 0)
  return changes
}

const paths = (...of: Parameters<typeof diff>): string[] => diff(...of).map(({ op, path }) => `${op} ${path}`)

const read = { Sid: 'read', Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' }
const write = { Sid: 'write', Effect: 'Deny', Action: 's3:PutObject', Resource: ['a', 'b'] }

describe('JSON in a text', () => {
  test('is the same whatever its white space, the order of its names and the spelling of its numbers', () => {
    expect(
      diff(
        { redrive_policy: '{"deadLetterTargetArn": "arn:aws:sqs:::dead", "maxReceiveCount": 5}' },
        { redrive_policy: '{"maxReceiveCount":5.0,"deadLetterTargetArn":"arn:aws:sqs:::dead"}\n' },
      ),
    ).toEqual([])
    expect(diff({ a: '[]', b: ['{}'] }, { a: '[ ]', b: ['{ }'] })).toEqual([])
    expect(diff({ a: '[9007199254740993]' }, { a: '[9007199254740992]' })).toHaveLength(1)
  })

  test('is compared by the rules of its type where the system knows its form', () => {
    const other = JSON.stringify({ Statement: [write, { ...read, Action: read.Action.toReversed() }] }, null, 2)
    expect(diff({ policy: JSON.stringify({ Statement: [read, write] }) }, { policy: other })).toEqual([])
    const { Sid: _read, ...nameless } = read
    const { Sid: _write, ...another } = write
    const [policy, turned] = [
      [nameless, another],
      [another, nameless],
    ].map((Statement) => JSON.stringify({ Statement }))
    expect(diff({ assume_role_policy: policy ?? '' }, { assume_role_policy: turned ?? '' })).toEqual([])
    const container = (name: string, ...names: string[]) => ({ name, environment: names.map((name) => ({ name })) })
    expect(
      diff(
        { container_definitions: JSON.stringify([container('web', 'A', 'B'), container('log')]) },
        { container_definitions: JSON.stringify([container('log'), container('web', 'B', 'A')]) },
        'aws_ecs_task_definition',
      ),
    ).toEqual([])
  })

  test('keeps the order of arrays where anybody may have written it', () => {
    expect(paths({ value: '{"tags":["a","b"]}' }, { value: '{"tags":["b","a"]}' })).toEqual([
      'replace configuration.value.tags[0]',
      'replace configuration.value.tags[1]',
    ])
  })

  test('shows the inner field that changed, and points at the field that holds the text', () => {
    const after = { Statement: [{ ...read, Effect: 'Deny' }, write] }
    const [policy, opened] = [JSON.stringify({ Statement: [write, read] }), JSON.stringify(after)]
    expect(diff({ 'p/q': [{ policy }] }, { 'p/q': [{ policy: opened }] })).toEqual([
      {
        path: 'configuration.p/q[0].policy.Statement[Sid=read].Effect',
        pointer: '/configuration/p~1q/0/policy',
        op: 'replace',
        before: 'Allow',
        after: 'Deny',
      },
    ])
  })

  test('of a Kubernetes annotation is the object that was applied', () => {
    const applied = (image: string, ...names: string[]) => ({
      metadata: {
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify({
            spec: { containers: names.map((name) => ({ name, image })) },
          })}\n`,
        },
      },
    })
    expect(diff(applied('a', 'web', 'log'), applied('a', 'log', 'web'), 'apps.Deployment')).toEqual([])
    expect(paths(applied('a', 'web'), applied('b', 'web'), 'apps.Deployment')).toEqual([
      'replace configuration.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"].spec.containers[name=web].image',
    ])
  })

  test('is replaced as a whole, and as text, by what is no JSON or another kind of it', () => {
    for (const [before, after] of [
      ['{"a":1}', 'a'],
      ['[not json', '[1]'],
      ['[not json', '[ not json'],
      ['{"a":1}', '[1]'],
      ['{}', '[]'],
    ] as const) {
      const change = { path: 'configuration.a', pointer: '/configuration/a', op: 'replace' } as const
      expect(diff({ a: before }, { a: after })).toEqual([{ ...change, before, after }])
    }
  })

  test('is something else than the same JSON outside of a text', () => {
    expect(diff({ a: '{"b":1}' }, { a: { b: 1 } })).toHaveLength(1)
    expect(diff({ a: ['[]'] }, { a: [[]] })).toHaveLength(1)
    expect(diff({ a: '["[]"]' }, { a: '[[]]' })).toHaveLength(1)
  })

  test('may hold more of it in its texts, to a depth; further down it is text', () => {
    const nested = (levels: number, core: string): string =>
      levels === 0 ? core : JSON.stringify({ a: nested(levels - 1, core) })
    const change = (levels: number) => diff({ x: nested(levels, '[1]') }, { x: nested(levels, '[ 1 ]') })
    expect(change(maxNestedTexts - 1)).toEqual([])
    expect(change(maxNestedTexts)).toMatchObject([{ pointer: '/configuration/x', before: '[1]', after: '[ 1 ]' }])
    expect(change(maxNestedTexts + 1)).toHaveLength(1)
  })

  test('in texts in arrays in texts is walked to the end, however deep all of it is', () => {
    const nested = (levels: number, core: string): string => {
      const text = '['.repeat(499) + JSON.stringify(core) + ']'.repeat(499)
      return levels === 0 ? text : nested(levels - 1, text)
    }
    const before = nested(maxNestedTexts - 1, '{"a":1}')
    const changes = diff({ x: before }, { x: before.replace('a', 'b') })
    expect(changes).toMatchObject([{ pointer: '/configuration/x', before: '{"a":1}', after: '{"b":1}' }])
  })

  test('is no identity: elements that have only that are matched like those without any', () => {
    const tags = (...keys: string[]) => ({ tags: keys.map((Key, at) => ({ Key, Value: at })) })
    expect(diff(tags('[1]', '[2]'), tags('[ 1]', '[2 ]'))).toEqual([])
    expect(diff(tags('[1]', '[ 1]'), tags('[ 1]', '[1]'))).toEqual([])
  })
})

describe('an IAM policy in a text', () => {
  const statement = (over: { [name: string]: Json } = {}): { [name: string]: Json } => ({
    ...{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Principal: { AWS: '1' } },
    ...{ Condition: { StringLike: { 'aws:x': ['a', 'b'] } } },
    ...over,
  })
  const policy = (Statement: Json): Json => ({ Version: '2012-10-17', Statement })
  const of = (document: Json, field: string, type: string): Resource => ({
    ...{ id: 'x', type, provider: 'any', configuration: { [field]: JSON.stringify(document) } },
  })
  const fields = [
    ['policy', 'aws_s3_bucket_policy'],
    ['assume_role_policy_document', 'awscc_iam_role'],
    ['policy_document', 'vault_aws_secret_backend_role'],
    ['anything', 'x'],
  ] as const

  test('is the same with or without the brackets of one, and in any order of what has none', () => {
    const same = [
      policy([statement()]),
      policy(statement()),
      policy([statement({ Action: ['s3:GetObject'], Resource: ['*'], Principal: { AWS: ['1'] } })]),
      policy([statement({ Condition: { StringLike: { 'aws:x': ['b', 'a'] } } })]),
    ]
    for (const [field, type] of fields) {
      for (const was of same) {
        for (const is of same) {
          expect(diffResources(of(was, field, type), of(is, field, type))).toEqual([])
          expect(hashOf(of(was, field, type))).toBe(hashOf(of(is, field, type)))
        }
      }
    }
  })

  test('is another one when it allows something else, whichever way it is spelled', () => {
    const others = [
      policy([statement({ Action: ['s3:GetObject', 's3:PutObject'] })]),
      policy([statement(), statement({ Effect: 'Deny' })]),
      policy([statement({ Principal: { Service: '1' } })]),
      policy([statement({ Condition: { StringLike: { 'aws:x': 'a' } } })]),
      policy([statement({ Condition: { StringEquals: { 'aws:x': ['a', 'b'] } } })]),
      policy([statement({ Action: [['s3:GetObject']] })]),
      policy([]),
    ]
    for (const [field, type] of fields) {
      const was = of(policy(statement()), field, type)
      for (const other of others) {
        const is = of(other, field, type)
        expect(diffResources(was, is)).not.toEqual([])
        expect(diffResources(is, was)).not.toEqual([])
        expect(hashOf(is)).not.toBe(hashOf(was))
      }
    }
  })

  test('leaves documents alone that only look like one', () => {
    const looksAlike = (Action: Json): Json => ({ Statement: [{ Action }] })
    expect(diffResources(of(looksAlike('a'), 'f', 'x'), of(looksAlike(['a']), 'f', 'x'))).toHaveLength(1)
  })
})
