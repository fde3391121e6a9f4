import { expect, test } from 'bun:test'
import type { DriftItem } from './app/client/types.ts'
import { choicesOf, driftWithin, relationTo } from './app/pages/narrowing.ts'
import { modulesOf, shortPaths } from './app/pages/state-modules.ts'

test('addresses are a tree of modules, whatever text their instances have', () => {
  const root = modulesOf([
    'aws_vpc.main',
    'module.web["a.b[0]"].aws_instance.app[0]',
    'module.web["a.b[0]"].module.dns.aws_route53_record.www',
    'module.webhook.aws_lambda_function.this',
  ])
  expect(root.count).toBe(4)
  expect(root.addresses).toEqual(['aws_vpc.main'])
  expect([...root.modules.keys()]).toEqual(['module.web["a.b[0]"]', 'module.webhook'])
  const web = root.modules.get('module.web["a.b[0]"]')
  expect(web?.prefix).toBe('module.web["a.b[0]"].')
  expect(web?.count).toBe(2)
  expect(web?.modules.get('module.dns')?.addresses).toEqual(['module.web["a.b[0]"].module.dns.aws_route53_record.www'])
})

test('states are called by the shortest ends of their paths that tell them apart', () => {
  const paths = ['infra/network/terraform.tfstate', 'infra/prod/terraform.tfstate']
  expect([...shortPaths(paths).values()]).toEqual(['network', 'prod'])
  const alike = ['a/prod/terraform.tfstate', 'b/prod/terraform.tfstate']
  expect([...shortPaths(alike).values()]).toEqual(['a/prod', 'b/prod'])
  expect([...shortPaths(['terraform.tfstate']).values()]).toEqual(['terraform.tfstate'])
})

const item = (parts: Partial<DriftItem>): DriftItem =>
  ({
    ...{ status: 'changed', provider: 'aws', account: '1', region: 'eu-west-1', namespace: null, type: 'aws_vpc' },
    ...{ state: 'terraform/a/-/state', address: 'module.net.aws_vpc.main', key: 'aws/1/eu-west-1/aws_vpc/vpc-1' },
    ...parts,
  }) as DriftItem

test('drift counts where the real thing is and where it is wanted; what is not known is no drift', () => {
  const items = [item({}), item({ status: 'unknown' }), item({ account: null, region: null, key: 'dns/-/-/zone/z' })]
  expect(driftWithin(items, { key_prefix: 'aws/', account: '1', location: 'eu-west-1' })).toBe(1)
  expect(driftWithin(items, { key_prefix: 'dns/', account: '-', location: '-' })).toBe(1)
  expect(driftWithin(items, { scope: 'terraform/a/-/state', key_prefix: 'terraform/a/-/state/module.net.' })).toBe(2)
  expect(driftWithin(items, { key_prefix: 'gcp/' })).toBe(0)
})

test('a place of the tree is the chosen one, or leads to it, or is elsewhere', () => {
  const query = new URLSearchParams({ key_prefix: 'aws/', account: '1', q: 'web' })
  expect(relationTo({ key_prefix: 'aws/', account: '1' }, query)).toBe('chosen')
  expect(relationTo({ key_prefix: 'aws/' }, query)).toBe('above')
  expect(relationTo({ key_prefix: 'aws/', account: '2' }, query)).toBe('elsewhere')
  expect(choicesOf({ key_prefix: 'aws/' })).toMatchObject({ key_prefix: 'aws/', account: null, scope: null })
})
