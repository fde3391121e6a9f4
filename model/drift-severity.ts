import type { Verdict } from './drift.ts'
import { isObject } from './drift-values.ts'
import type { DriftField } from './drift-walk.ts'
import { documentIn } from './json-text.ts'
import type { Json } from './resource.ts'

/** From harmless to dangerous. */
const severities = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

interface Entry {
  readonly severity: Severity
  /** Which fields it is about; the path without what stands in brackets. */
  readonly path: RegExp
  holds(field: DriftField): boolean
}

const everyone = new Set(['0.0.0.0/0', '::/0', '*', 'Internet', 'allUsers', 'allAuthenticatedUsers'])
const publicAcl = /^public-read(?:-write)?$/

const has = (value: Json, holds: (text: string) => boolean): boolean => {
  if (typeof value === 'string') return holds(value)
  if (Array.isArray(value)) return value.some((element) => has(element, holds))
  return isObject(value) && Object.values(value).some((member) => has(member, holds))
}

/** What the new value lets in and the old one did not. */
const opensTo = (holds: (text: string) => boolean) => (field: DriftField) =>
  has(field.after, holds) && !has(field.before, holds)

const isOff = (value: Json): boolean =>
  value === null ||
  value === false ||
  value === 0 ||
  value === '' ||
  (typeof value === 'string' && /^(?:suspended|disabled|off|none|false)$/i.test(value)) ||
  (Array.isArray(value) && value.every(isOff)) ||
  (isObject(value) && Object.values(value).every(isOff))

const turnedOff = ({ before, after }: DriftField): boolean => isOff(after) && !isOff(before)
const turnedOn = ({ before, after }: DriftField): boolean => isOff(before) && !isOff(after)

/** A statement that allows everything, or everyone. */
function isWildcard(value: Json): boolean {
  if (typeof value === 'string') return value === '*' || (documentIn(value) !== null && isWildcard(documentIn(value)))
  if (Array.isArray(value)) return value.some(isWildcard)
  if (!isObject(value)) return false
  if (value.Effect === 'Deny') return false
  return ['Statement', 'Action', 'Principal', 'AWS'].some((name) => isWildcard(value[name] ?? null))
}

/** The first entry that holds for a field decides on it; what no entry names is `medium`, and a tag `low`. */
const table: readonly Entry[] = [
  {
    severity: 'critical',
    path: /^(?!egress).*(?:^|\.)(?:ingress|cidr_blocks|ipv6_cidr_blocks|cidr_ipv4|cidr_ipv6|source_ranges|source_address_prefix(?:es)?|allow)(?:\.|$)/,
    holds: opensTo((text) => everyone.has(text)),
  },
  { severity: 'critical', path: /(?:^|\.)(?:members?|entity)(?:\.|$)/, holds: opensTo((text) => everyone.has(text)) },
  { severity: 'critical', path: /(?:^|\.)acl$/, holds: opensTo((text) => publicAcl.test(text)) },
  {
    severity: 'critical',
    path: /(?:^|\.)(?:block_public_acls|block_public_policy|ignore_public_acls|restrict_public_buckets|public_access_prevention|uniform_bucket_level_access)$/,
    holds: turnedOff,
  },
  {
    severity: 'critical',
    path: /(?:^|\.)(?:publicly_accessible|allow_blob_public_access|allow_nested_items_to_be_public|public_network_access_enabled)$/,
    holds: turnedOn,
  },
  {
    severity: 'critical',
    path: /^(?!.*\.Resource$).*(?:policy|policy_document|Statement)(?:\.|$)/,
    holds: ({ before, after }) => isWildcard(after) && !isWildcard(before),
  },
  {
    severity: 'high',
    path: /(?:encrypt|kms_|sse_|deletion_protection|delete_protection|purge_protection|prevent_deletion|versioning|logging|backup_retention|point_in_time_recovery|multi_az|mfa_delete|enable_key_rotation|tls|https_only|require_ssl)/,
    holds: turnedOff,
  },
  {
    severity: 'high',
    path: /^(?!.*block_public).*(?:policy|policy_document|iam_instance_profile|execution_role_arn|role_arn)(?:\.|$)/,
    holds: () => true,
  },
  { severity: 'low', path: /^tags\./, holds: () => true },
]

/**
 * How much a verdict matters, by the shipped table: public ingress, wildcard policies, public buckets, encryption, versioning or deletion
 * protection off. What is unknown is `info`: nothing is known to be wrong.
 */
export function severityOf({ status, replaced, fields }: Verdict): Severity {
  if (status === 'in_sync' || status === 'unknown') return 'info'
  if (status === 'missing' || replaced) return 'high'
  return fields.map(severityOfField).reduce(worse, 'low')
}

const worse = (a: Severity, b: Severity): Severity => (severities.indexOf(a) >= severities.indexOf(b) ? a : b)

export function severityOfField(field: DriftField): Severity {
  const path = field.path.replaceAll(/\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]/g, '')
  return table.find((entry) => entry.path.test(path) && entry.holds(field))?.severity ?? 'medium'
}
