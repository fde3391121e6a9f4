import { describe, expect, test } from 'bun:test'
import type { JsonObject } from './parse-bytes.ts'
import { placementOf, takeTags } from './placement.ts'

const place = (provider: string, attributes: JsonObject, identity: JsonObject = {}) =>
  placementOf(provider, attributes, identity, takeTags(attributes), 'label')

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
