import { describe, expect, test } from 'bun:test'
import type { OperatorContext } from './batch.ts'
import { compare } from './compare.ts'
import { decode } from './decode.ts'
import { dropUnchanged } from './drop-unchanged.ts'
import { input, observed, TestPartition } from './test-partition.case.ts'

const step = (context: OperatorContext) => (source: Parameters<ReturnType<typeof decode>>[0]) =>
  source.pipe(decode(context), dropUnchanged(context), compare(context))

/** What becomes of the second observation of a resource. */
function second(before: object, after: object | ((partition: TestPartition) => object)) {
  using partition = new TestPartition()
  partition.apply(observed('a', before))
  const now = observed('a', typeof after === 'function' ? after(partition) : after)
  const read = (batch: Parameters<Parameters<TestPartition['run']>[1]>[0]) => batch.candidates.map((one) => one.outcome)
  const [outcome] = partition.run(step, read, input(now)).flat()
  return { kind: outcome?.kind, document: outcome?.document, expected: JSON.stringify(now.resource) }
}

const state = { metadata: { mode: 'managed' } }

describe('what an earlier vaino has kept', () => {
  test('a state’s resource whose name, account and region are only derived differently has not changed, and is kept anew', () => {
    const configuration = { bucket: 'my-logs', arn: 'arn:aws:s3:::my-logs' }
    const { kind, document, expected } = second(
      { ...state, name: 'logs', configuration },
      { ...state, name: 'my-logs', region: 'eu-west-1', account: '123', configuration },
    )
    expect({ kind, document }).toEqual({ kind: 'same', document: expected })
  })

  test('where an attribute differs too it has changed', () => {
    const before = { ...state, name: 'logs', configuration: { acl: 'private' } }
    expect(second(before, { ...state, name: 'my-logs', configuration: { acl: 'public' } }).kind).toBe('changed')
  })

  test('a region that only the provider’s identity states is a change when the identity has changed', () => {
    const at = (region: string) => ({ metadata: { mode: 'managed', identity: { region } }, region })
    expect(second(at('eu-west-1'), at('eu-west-2')).kind).toBe('changed')
  })

  test('a resource that is pushed has its name from its sender: another one is a change', () => {
    expect(second({ name: 'a' }, { name: 'b' }).kind).toBe('changed')
  })

  test('tags that stood among the attributes are the same among the tags, and another value is a change', () => {
    const before = { ...state, tags: {}, configuration: { tag: [{ key: 'team', value: 'x', propagate: true }] } }
    const moved = (value: string) => ({
      tags: { team: value },
      configuration: { tag: [{ key: 'team', propagate: true }] },
    })
    expect(
      second({ ...before, type: 'aws_autoscaling_group' }, { ...state, type: 'aws_autoscaling_group', ...moved('x') })
        .kind,
    ).toBe('same')
    expect(
      second({ ...before, type: 'aws_autoscaling_group' }, { ...state, type: 'aws_autoscaling_group', ...moved('y') })
        .kind,
    ).toBe('changed')
  })

  test('lists of tags and maps of labels that stood among the attributes are the same among the tags', () => {
    const tags = { team: 'x', 'example.org/env': 'prod' }
    const asList = Object.entries(tags).map(([key, value]) => ({ key, value }))
    const became = (type: string, was: object, is: object) =>
      second({ ...state, type, ...was }, { ...state, type, ...is }).kind
    const attributes = [
      ['awscc_s3_bucket', { tags: asList }],
      ['google_bigquery_dataset', { labels: tags }],
      ['google_monitoring_dashboard', { user_labels: tags }],
      ['google_container_cluster', { resource_labels: tags }],
      ['google_sql_database_instance', { settings: [{ tier: 'f1', user_labels: tags }] }],
    ] as const
    for (const [type, configuration] of attributes) {
      const rest = 'settings' in configuration ? { settings: [{ tier: 'f1' }] } : {}
      const were = { tags: {}, configuration: { name: 'n', ...configuration } }
      expect([type, became(type, were, { tags, configuration: { name: 'n', ...rest } })]).toEqual([type, 'same'])
      // What the tags repeat already.
      const repeated = { ...were, tags }
      expect([type, became(type, repeated, { tags, configuration: { name: 'n', ...rest } })]).toEqual([type, 'same'])
    }
    const type = 'awscc_s3_bucket'
    const were = { tags: {}, configuration: { tags: asList } }
    const others = [{ ...tags, team: 'y' }, { team: 'x' }, { ...tags, new: '1' }]
    for (const is of others) expect(became(type, were, { tags: is, configuration: {} })).toBe('changed')
    const odd = { tags: {}, configuration: { tags: [null, 'x', 1] } }
    expect(became(type, odd, { tags, configuration: {} })).toBe('changed')
  }, 30_000)

  test('a value that was kept in clear is the same as its placeholder, and another secret’s placeholder is a change', () => {
    const hidden = (value: string) => (partition: TestPartition) => ({
      configuration: { note: partition.context.redactor.redactValue(value) },
    })
    expect(second({ configuration: { note: 'blue horse' } }, hidden('blue horse')).kind).toBe('same')
    expect(second({ configuration: { note: 'blue horse' } }, hidden('red horse')).kind).toBe('changed')
  })

  test('a value that was hidden and is shown now has not changed', () => {
    using partition = new TestPartition()
    const placeholder = partition.context.redactor.redactValue('blue horse')
    expect(second({ configuration: { note: placeholder } }, { configuration: { note: 'blue horse' } }).kind).toBe(
      'same',
    )
    expect(second({ configuration: { note: placeholder } }, { configuration: { note: 'red horse' } }).kind).toBe(
      'changed',
    )
  })
})
