import { describe, expect, test } from 'bun:test'
import type { JsonObject } from './parse-bytes.ts'
import { placementOf } from './placement.ts'
import { takeTags } from './tags.ts'

const place = (provider: string, attributes: JsonObject, identity: JsonObject = {}, type = 'x') =>
  placementOf({ providerName: provider, type, name: 'label' }, attributes, identity, takeTags(attributes))

const placeOf = (type: string, attributes: JsonObject) => {
  const [provider = ''] = type.split('_')
  return place(provider, attributes, {}, type)
}

describe('where a resource is', () => {
  test('comes from its ARN first, in AWS', () => {
    const arn = 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1'
    expect(place('aws', { arn, account_id: '999', region: 'us-east-1' })).toMatchObject({
      account: '111122223333',
      region: 'eu-west-1',
    })
    expect(place('aws', { id: 'arn:aws:sns:eu-west-1:111122223333:topic' })).toMatchObject({
      account: '111122223333',
      region: 'eu-west-1',
    })
  })

  test('comes from what else is known where the ARN says nothing', () => {
    expect(place('aws', { arn: 'arn:aws:s3:::logs', region: 'eu-west-1' })).toMatchObject({
      account: null,
      region: 'eu-west-1',
    })
    expect(place('aws', { owner_id: '111122223333', availability_zone: 'eu-west-1a' })).toMatchObject({
      account: '111122223333',
      region: 'eu-west-1',
    })
    expect(place('aws', { availability_zone: 'us-west-2-lax-1a' })).toMatchObject({ region: 'us-west-2' })
    expect(place('aws', { availability_zone: 'us-gov-west-1b' })).toMatchObject({ region: 'us-gov-west-1' })
    expect(place('aws', {}, { account_id: '1', region: 'eu-north-1' })).toMatchObject({
      account: '1',
      region: 'eu-north-1',
    })
    expect(place('aws', {})).toEqual({ name: 'label', account: null, region: null, namespace: null })
  })

  test('follows the words of other clouds', () => {
    expect(place('google', { project: 'p', zone: 'europe-west1-b' })).toMatchObject({
      account: 'p',
      region: 'europe-west1',
    })
    expect(place('azurerm', { id: '/subscriptions/s-1/resourceGroups/g', location: 'westeurope' })).toMatchObject({
      account: 's-1',
      region: 'westeurope',
    })
    expect(place('kubernetes', { metadata: [{ name: 'web', namespace: 'shop' }] })).toMatchObject({
      name: 'web',
      namespace: 'shop',
    })
    expect(place('acme', { arn: 'arn:aws:ec2:eu-west-1:1:x', region: 'r' })).toEqual({
      name: 'label',
      account: null,
      region: null,
      namespace: null,
    })
  })
})

describe('where a resource is, by type:', () => {
  const at = { account: '111122223333', region: 'eu-west-1' }
  const [api, fn] = ['execute-api', 'lambda'].map((service) => `arn:aws:${service}:eu-west-1:111122223333:x`)
  const url = 'https://sqs.eu-west-1.amazonaws.com/111122223333/q'
  const inProject = { account: 'p', region: 'europe-west1' }
  test.each<[string, JsonObject, Record<string, string | null>]>([
    ['aws_api_gateway_deployment', { id: 'abc', execution_arn: api ?? null }, at],
    ['aws_lambda_event_source_mapping', { id: 'uuid', function_arn: fn ?? null }, at],
    ['aws_sqs_queue_policy', { id: url, queue_url: url }, at],
    ['aws_sqs_queue', { id: url, url }, at],
    ['awscc_sqs_queue', { arn: 'arn:aws:sqs:eu-west-1:111122223333:q' }, at],
    ['aws_ami_launch_permission', { account_id: '999', image_id: 'ami-1' }, { account: null, region: null }],
    ['aws_guardduty_member', { account_id: '999', detector_id: 'd' }, { account: null }],
    ['aws_securityhub_organization_admin_account', { account_id: '999' }, { account: null }],
    ['aws_iam_policy', { arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }, { account: null, region: null }],
    ['aws_s3control_bucket', { account_id: '111122223333' }, { account: '111122223333' }],
    ['google_container_cluster', { project: 'p', location: 'europe-west1-b' }, inProject],
    ['google_container_cluster', { project: 'p', location: 'europe-west1' }, inProject],
    ['google_storage_bucket', { project: 'p', location: 'EU' }, { account: 'p', region: 'EU' }],
    ['google_compute_disk', { project: 'p', zone: 'https://x/compute/v1/projects/p/zones/europe-west1-b' }, inProject],
    [
      'google_bigtable_instance',
      { project: 'p', cluster: [{ zone: 'europe-west1-b' }, { zone: 'europe-west1-c' }] },
      inProject,
    ],
    [
      'google_bigtable_instance',
      { project: 'p', cluster: [{ zone: 'europe-west1-b' }, { zone: 'us-east1-c' }] },
      { region: null },
    ],
    ['google_pubsub_topic_iam_member', { id: 'projects/p/topics/t/roles/x' }, { account: 'p', region: null }],
    ['google_kms_key_ring', { id: 'projects/p/locations/europe-west1/keyRings/k' }, inProject],
    ['google_project', { id: 'projects/p', project_id: 'p', number: '1' }, { account: 'p' }],
    [
      'kubernetes_manifest',
      { manifest: { metadata: { name: 'm', namespace: 'shop' } } },
      { name: 'm', namespace: 'shop' },
    ],
    [
      'kubernetes_manifest',
      { manifest: null, object: { metadata: { name: 'm', namespace: 'shop' } } },
      { namespace: 'shop' },
    ],
    ['aws_db_instance', { identifier: 'orders', name: 'main' }, { name: 'orders' }],
    ['aws_rds_cluster', { cluster_identifier: 'orders', database_name: 'main' }, { name: 'orders' }],
    ['aws_rds_cluster_instance', { identifier: 'one', cluster_identifier: 'orders' }, { name: 'one' }],
    ['aws_s3_bucket', { bucket: 'logs', tags: { Name: 'The logs' } }, { name: 'logs' }],
    ['aws_s3_bucket_versioning', { bucket: 'logs' }, { name: 'logs' }],
    ['aws_s3_object', { bucket: 'logs', key: 'a/b' }, { name: 'a/b' }],
  ])('%s %j', (type, attributes, expected) => {
    expect(placeOf(type, attributes)).toMatchObject(expected)
  })
})

describe('tags stand in other forms too:', () => {
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['google_container_cluster', { resource_labels: { a: '1' } }, { a: '1' }, {}],
    ['google_monitoring_alert_policy', { user_labels: { a: '1' } }, { a: '1' }, {}],
    [
      'google_sql_database_instance',
      { settings: [{ tier: 't', user_labels: { a: '1' } }] },
      { a: '1' },
      { settings: [{ tier: 't' }] },
    ],
    ['awscc_sqs_queue', { tags: [{ key: 'a', value: '1' }] }, { a: '1' }, {}],
    [
      'awscc_sqs_queue',
      { tags: [{ key: 'a', value: '1', more: 2 }] },
      {},
      { tags: [{ key: 'a', value: '1', more: 2 }] },
    ],
    [
      'aws_autoscaling_group',
      { tag: [{ key: 'a', value: '1', propagate_at_launch: true }] },
      { a: '1' },
      { tag: [{ key: 'a', propagate_at_launch: true }] },
    ],
    ['aws_autoscaling_group', { tag: [{ key: 'a' }] }, {}, { tag: [{ key: 'a' }] }],
  ])('%s %j', (type, attributes, tags, rest) => {
    expect(takeTags(attributes, type)).toEqual(tags)
    expect(attributes).toEqual(rest)
  })

  test('a key that stands twice in a list leaves the list as it is', () => {
    const attributes: JsonObject = {
      tags: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
    }
    expect(takeTags(attributes, 'awscc_x')).toEqual({})
    expect(attributes.tags).toHaveLength(2)
  })

  test('keys that look like numbers keep their values and what else is said of them', () => {
    const tag = ['b', '2', '1'].map((key) => ({ key, value: `v${key}`, propagate_at_launch: key === '2' }))
    const attributes: JsonObject = { tag }
    expect(takeTags(attributes, 'aws_autoscaling_group')).toEqual({ b: 'vb', '1': 'v1', '2': 'v2' })
    expect(attributes.tag).toEqual(tag.map(({ key, propagate_at_launch }) => ({ key, propagate_at_launch })))
  })
})

describe('what a resource is called', () => {
  test('is its name, else its Name tag, else what terraform calls it', () => {
    expect(place('aws', { name: 'n', tags: { Name: 't' } }).name).toBe('n')
    expect(place('aws', { name: '', tags: { Name: 't' } }).name).toBe('t')
    expect(place('aws', { name: null, tags: null }).name).toBe('label')
  })
})

describe('tags', () => {
  test('are what the thing carries, the provider defaults included, and leave the attributes', () => {
    const attributes: JsonObject = { id: 'x', tags: { a: '1' }, tags_all: { a: '1', env: 'prod' } }
    expect(takeTags(attributes)).toEqual({ a: '1', env: 'prod' })
    expect(attributes).toEqual({ id: 'x' })
  })

  test('are the labels in Google Cloud, whose tags are a list and stay', () => {
    const attributes: JsonObject = {
      tags: ['http'],
      labels: { a: '1' },
      terraform_labels: { a: '1' },
      effective_labels: { a: '1', b: '2' },
    }
    expect(takeTags(attributes)).toEqual({ a: '1', b: '2' })
    expect(attributes).toEqual({ tags: ['http'] })
  })

  test('stay where they are no map, and are none where there are none', () => {
    const list: JsonObject = { tags: [{ key: 'a' }] }
    expect(takeTags(list)).toEqual({})
    expect(list).toEqual({ tags: [{ key: 'a' }] })
    const none: JsonObject = { tags: null, tags_all: {} }
    expect(takeTags(none)).toEqual({})
    expect(none).toEqual({})
  })
})
