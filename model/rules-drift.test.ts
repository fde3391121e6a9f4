import { expect, test } from 'bun:test'
import { parseDriftIgnore } from './driftignore.ts'
import type { Json } from './resource.ts'
import { compileRules, type IgnoreRule, noRules } from './rules.ts'
import { type DriftFacts, judgeDrift } from './rules-drift.ts'

const facts = (given: Partial<DriftFacts> = {}): DriftFacts => ({
  scopes: ['terraform/infra/-/state'],
  keys: ['terraform/infra/-/state/aws_security_group.web'],
  type: 'aws_security_group',
  id: 'sg-1',
  status: 'changed',
  fields: [{ path: 'description', before: 'a', after: 'b' }],
  tags: null,
  actor: null,
  ...given,
})
const changed = (type: string, path: string, before: Json, after: Json) =>
  judgeDrift(noRules, facts({ type, fields: [{ path, before, after }] }), 0).severity

const rulesOf = (driftIgnore: string, ...ignore: Partial<IgnoreRule>[]) =>
  compileRules({
    ignore: ignore.map((rule) => ({ name: 'r', reason: 'noise', untilMs: null, ...rule })),
    severity: [{ type: ['aws_security_group'], path: ['description'], severity: 'low' }],
    owner: [{ tag: { team: '*' }, owner: null, ownerTag: 'team' }],
    driftIgnores: [
      { file: 'd', covers: (scope) => scope.startsWith('terraform/infra'), ignore: parseDriftIgnore(driftIgnore, 'd') },
    ],
  })

test('without rules nothing is ignored, and the severity comes from the default table', () => {
  expect(judgeDrift(noRules, facts(), 0)).toEqual({ rule: null, fields: [null], severity: 'medium', owner: null })
})

test.each<[string, string, Json, Json, string]>([
  ['aws_security_group', 'ingress[0].cidr_blocks', [], ['0.0.0.0/0'], 'critical'],
  ['aws_security_group', 'ingress[port=22].cidr_blocks[=::/0]', null, '::/0', 'critical'],
  ['aws_security_group', 'egress[0].cidr_blocks', [], ['0.0.0.0/0'], 'medium'],
  ['aws_security_group', 'ingress[0].cidr_blocks', ['0.0.0.0/0'], ['0.0.0.0/0', '10.0.0.0/8'], 'medium'],
  ['aws_route', 'destination_cidr_block', '10.0.0.0/8', '0.0.0.0/0', 'medium'],
  ['azurerm_network_security_rule', 'source_address_prefix', '10.0.0.0/8', '*', 'critical'],
  ['google_storage_bucket_iam_binding', 'members[=allUsers]', null, 'allUsers', 'critical'],
  ['aws_s3_bucket_public_access_block', 'block_public_acls', true, false, 'critical'],
  ['aws_s3_bucket_public_access_block', 'block_public_acls', false, true, 'medium'],
  ['aws_s3_bucket_acl', 'acl', 'private', 'public-read', 'critical'],
  ['aws_db_instance', 'publicly_accessible', false, true, 'critical'],
  ['aws_iam_policy', 'policy.Statement[Sid=x].Action', 's3:Get*', '*', 'critical'],
  ['aws_iam_policy', 'policy', '{}', '{"Statement":{"Effect":"Allow","Action":["*"],"Resource":"*"}}', 'critical'],
  ['aws_iam_policy', 'policy', '{}', '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}', 'high'],
  ['aws_instance', 'iam_instance_profile', 'web', 'admin', 'high'],
  ['aws_db_instance', 'backup_retention_period', 7, 0, 'high'],
  ['aws_db_instance', 'backup_retention_period', 7, 3, 'medium'],
  ['aws_lb_listener', 'policy_type', 'a', 'b', 'medium'],
  ['aws_db_instance', 'storage_encrypted', true, false, 'high'],
  ['aws_db_instance', 'deletion_protection', true, null, 'high'],
  ['aws_s3_bucket_versioning', 'versioning_configuration[0].status', 'Enabled', 'Suspended', 'high'],
  ['aws_kms_key', 'enable_key_rotation', true, false, 'high'],
  ['aws_kms_key', 'enable_key_rotation', false, true, 'medium'],
  ['aws_instance', 'tags.team', 'a', 'b', 'low'],
])('the default severity of %s %s from %j to %j is %s', (type, path, before, after, severity) => {
  expect(changed(type, path, before, after)).toBe(severity as never)
})

test('what is missing is high, and critical where it kept the public out; what nobody manages is low', () => {
  expect(judgeDrift(noRules, facts({ status: 'missing', fields: [] }), 0).severity).toBe('high')
  const guard = facts({ status: 'missing', fields: [], type: 'aws_s3_bucket_public_access_block' })
  expect(judgeDrift(noRules, guard, 0).severity).toBe('critical')
  expect(judgeDrift(noRules, facts({ status: 'unmanaged', fields: [] }), 0).severity).toBe('low')
})

test('another thing in its place is high', () => {
  expect(judgeDrift(noRules, facts({ replaced: true }), 0).severity).toBe('high')
})

test('an ignored field leaves the item, and counts for its severity no more', () => {
  const rules = rulesOf('', { path: ['ingress'] })
  const fields = [
    { path: 'ingress[0].cidr_blocks', before: [], after: ['0.0.0.0/0'] },
    { path: 'name', before: 'a', after: 'b' },
  ]
  expect(judgeDrift(rules, facts({ fields, tags: { team: 'web' } }), 0)).toEqual({
    rule: null,
    fields: ['r', null],
    severity: 'medium',
    owner: 'web',
  })
  expect(judgeDrift(rules, facts({ fields: fields.slice(0, 1) }), 0).rule).toBe('r')
})

test('what is missing is ignored only by a rule that says so, and by a line for the whole resource', () => {
  const missing = facts({ status: 'missing', fields: [] })
  expect(judgeDrift(rulesOf('', {}), missing, 0).rule).toBeNull()
  expect(judgeDrift(rulesOf('', { change: ['delete'] }), missing, 0).rule).toBe('r')
  expect(judgeDrift(rulesOf('aws_security_group.sg-1'), missing, 0).rule).toBe('d:1')
  expect(judgeDrift(rulesOf('aws_security_group.sg-1.description'), missing, 0).rule).toBeNull()
})

test('a .driftignore speaks of cloud ids and fields, and of the scopes that it covers', () => {
  const rules = rulesOf('aws_security_group.sg-1.ingress.0')
  const fields = [{ path: 'ingress[0].cidr_blocks', before: 'a', after: 'b' }]
  expect(judgeDrift(rules, facts({ fields }), 0).rule).toBe('d:1')
  expect(judgeDrift(rules, facts({ fields, id: 'sg-2' }), 0).rule).toBeNull()
  expect(judgeDrift(rules, facts({ fields, scopes: ['terraform/other/-/state'] }), 0).rule).toBeNull()
})

test("a rule's severity goes before the default table", () => {
  expect(judgeDrift(rulesOf(''), facts(), 0).severity).toBe('low')
})
