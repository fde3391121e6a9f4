import { expect, test } from 'bun:test'
import type { Verdict } from './drift.ts'
import { type Severity, severityOf, severityOfField } from './drift-severity.ts'
import type { Json } from './resource.ts'

const verdict = (over: Partial<Verdict>): Verdict => ({
  status: 'changed',
  tier: 'state',
  fields: [],
  omitted: 0,
  replaced: false,
  reason: null,
  askedSiblings: false,
  ...over,
})

const anyone = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}'
const someone = '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"s3:GetObject"}]}'

test.each<[string, Json, Json, Severity]>([
  ['ingress[from_port=22,to_port=22].cidr_blocks[=0.0.0.0/0]', null, '0.0.0.0/0', 'critical'],
  ['ingress[from_port=22]', null, { from_port: 22, ipv6_cidr_blocks: ['::/0'] }, 'critical'],
  ['ingress[from_port=22].cidr_blocks[=10.0.0.0/8]', null, '10.0.0.0/8', 'medium'],
  ['ingress[from_port=22].cidr_blocks[=0.0.0.0/0]', '0.0.0.0/0', null, 'medium'],
  ['egress[from_port=0].cidr_blocks[=0.0.0.0/0]', null, '0.0.0.0/0', 'medium'],
  ['policy', someone, anyone, 'critical'],
  ['policy.Statement[Sid=a].Action', 's3:GetObject', '*', 'critical'],
  ['policy.Statement[Sid=a].Resource', 'arn:aws:s3:::a', '*', 'high'],
  ['policy', anyone, someone, 'high'],
  ['acl', 'private', 'public-read', 'critical'],
  ['block_public_policy', true, false, 'critical'],
  ['block_public_policy', false, true, 'medium'],
  ['publicly_accessible', false, true, 'critical'],
  ['versioning[0].enabled', true, false, 'high'],
  ['versioning_configuration[0].status', 'Enabled', 'Suspended', 'high'],
  ['storage_encrypted', true, false, 'high'],
  ['deletion_protection', true, null, 'high'],
  ['deletion_protection', false, true, 'medium'],
  ['tags["a.b"]', 'x', 'y', 'medium'],
  ['tags.team', 'x', 'y', 'low'],
  ['instance_type', 't3.micro', 't3.large', 'medium'],
])('%s from %j to %j is %s', (path, before, after, severity) => {
  expect(severityOfField({ path, before, after })).toBe(severity)
})

test('a verdict is as severe as its worst field', () => {
  const tag = { path: 'tags.team', before: 'a', after: 'b' }
  const open = { path: 'publicly_accessible', before: false, after: true }
  expect(severityOf(verdict({ fields: [tag] }))).toBe('low')
  expect(severityOf(verdict({ fields: [open, tag] }))).toBe('critical')
  expect(severityOf(verdict({ fields: [tag], replaced: true }))).toBe('high')
  expect(severityOf(verdict({ status: 'missing' }))).toBe('high')
  expect(severityOf(verdict({ status: 'unknown', reason: 'denied' }))).toBe('info')
})
