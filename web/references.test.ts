import { expect, test } from 'bun:test'
import type { Item } from './app/client/types.ts'
import { referencesOf } from './app/pages/references.ts'

const resource = (parts: object) =>
  ({ id: 'i-0abc1', type: 'aws_instance', provider: 'aws', ...parts }) as Item['resource']

test('a document names its neighbours by ids, ARNs and paths, itself and other texts left out', () => {
  const found = referencesOf(
    resource({
      configuration: {
        id: 'i-0abc1',
        arn: 'arn:aws:ec2:eu-west-1:1:instance/i-0abc1',
        subnet_id: 'subnet-0a1b',
        security_groups: ['sg-0bad', 'sg-0bad', 'not-an-id'],
        profile: { role: 'arn:aws:iam::1:role/web' },
        network: 'https://www.googleapis.com/compute/v1/projects/p/global/networks/main',
      },
    }),
  )
  expect(found.map(({ path, value }) => [path, value])).toEqual([
    ['subnet_id', 'subnet-0a1b'],
    ['network', 'projects/p/global/networks/main'],
    ['security_groups', 'sg-0bad'],
    ['profile.role', 'arn:aws:iam::1:role/web'],
  ])
  const role = found.at(-1)
  expect(role?.isMeant({ id: 'web', name: 'web', namespace: null })).toBe(true)
  expect(role?.isMeant({ id: 'b', name: 'b', namespace: null })).toBe(false)
})

test('an owner of Kubernetes is found in the same namespace, or in none', () => {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'u', controller: true }]
  const [owner] = referencesOf(
    resource({
      id: 'shop/web-1-x',
      provider: 'kubernetes',
      account: 'prod',
      namespace: 'shop',
      type: 'Pod',
      configuration: { metadata: { ownerReferences } },
    }),
  )
  expect(owner?.filters).toEqual({ provider: 'kubernetes', account: 'prod', type: 'apps.ReplicaSet', name: 'web-1' })
  expect(owner?.isMeant({ id: 'shop/web-1', name: 'web-1', namespace: 'shop' })).toBe(true)
  expect(owner?.isMeant({ id: 'test/web-1', name: 'web-1', namespace: 'test' })).toBe(false)
})
