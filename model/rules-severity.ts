import type { Json } from './resource.ts'
import { type Field, namesOf } from './rule-selector.ts'
import type { Severity } from './rules.ts'

/**
 * How bad a drift is where no rule says so. In the order of the report: open to the world, or allowed everything (critical); a
 * protection that is off, rights that are others, or a thing that is gone or another one (high); anything else (medium); tags, and what nobody manages (low).
 */
export function defaultSeverity(drift: {
  readonly type: string
  readonly status: 'changed' | 'missing' | 'unmanaged' | 'unknown'
  readonly replaced?: boolean
  readonly fields: readonly Field[]
}): Severity {
  const { type, status, fields } = drift
  if (status === 'changed' && drift.replaced === true) return 'high'
  if (status === 'missing') return guards.test(type) ? 'critical' : 'high'
  if (status !== 'changed') return 'low'
  if (fields.some((field) => isOpened(type, field) || isAllowedEverything(field))) return 'critical'
  if (fields.some((field) => isProtectionOff(field) || isOfRights(field))) return 'high'
  return fields.length > 0 && fields.every(isTag) ? 'low' : 'medium'
}

/** Types that exist to keep the public out: without one, what it guards is open. */
const guards = /^aws_s3_(?:account|bucket)_public_access_block$/

const lastName = (path: string): string => namesOf(path).replace(/^.*\./, '')

const anywhere = new Set<Json>(['0.0.0.0/0', '::/0'])
const everyone = new Set<Json>(['allUsers', 'allAuthenticatedUsers'])
const sourcePrefixes = /^source_address_prefix(?:es)?$/
const publicAcl = /^(?:public-read|public-read-write|authenticated-read)$/
const keepsOut = /^(?:block_public_acls|block_public_policy|ignore_public_acls|restrict_public_buckets)$/
const letsIn =
  /^(?:publicly_accessible|public_network_access_enabled|allow_blob_public_access|allow_nested_items_to_be_public|associate_public_ip_address)$/

/** It may be reached by everybody now, and was not before. */
function isOpened(type: string, { path, before, after }: Field): boolean {
  const name = lastName(path)
  const names = namesOf(path)
  const newly = (bad: (value: Json) => boolean) => holds(after, bad) && !holds(before, bad)
  if (keepsOut.test(name)) return before === true && after !== true
  if (letsIn.test(name)) return after === true && before !== true
  if (name === 'acl' || name === 'acl.acl') return newly((value) => typeof value === 'string' && publicAcl.test(value))
  if (name === 'public_access_prevention') return before === 'enforced' && after !== 'enforced'
  if (sourcePrefixes.test(name) && newly((value) => value === '*' || value === 'Internet')) return true
  if (/(?:^|\.)egress(?:\.|$)/.test(names) || /egress|route/.test(type)) return false
  return newly((value) => anywhere.has(value)) || newly((value) => everyone.has(value))
}

const grants = /^(?:Action|Principal|AWS)$/

/** A policy allows everything, or everybody, and did not before. */
function isAllowedEverything({ path, before, after }: Field): boolean {
  const isWild = (value: Json) => value === '*' || value === '*:*'
  if (grants.test(lastName(path))) return holds(after, isWild) && !holds(before, isWild)
  return holdsStatement(after) && !holdsStatement(before)
}

/** A statement that allows `*` to somebody, or something to everybody, in a document or in a text that is one. */
function holdsStatement(value: Json): boolean {
  const document = typeof value === 'string' && /^\s*[{[]/.test(value) ? parsed(value) : value
  return someObject(document, ({ Effect, Action, Principal }) => {
    if (Effect !== 'Allow') return false
    const isWild = (each: Json) => each === '*'
    return holds(Action ?? null, isWild) || holds(Principal ?? null, isWild)
  })
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    // A text that only looks like a document.
    return null
  }
}

/** Names of which a value that goes off, or down to nothing, is a protection that is gone. */
const protections =
  /(?:encrypt|kms_|sse_|deletion_protection|delete_protection|purge_protection|prevent_deletion|disable_api_termination|versioning|point_in_time_recovery|backup_retention|log_file_validation|logging|multi_az|mfa_delete|enable_key_rotation|https_only|https_traffic_only|require_ssl|(?:^|[._])tls|uniform_bucket_level_access)/

const isProtectionOff = ({ path, before, after }: Field): boolean =>
  protections.test(namesOf(path)) && isOff(after) && !isOff(before)

function isOff(value: Json): boolean {
  if (value === null || value === false || value === 0 || value === '') return true
  if (typeof value === 'string') return /^(?:suspended|disabled|off|none|false)$/i.test(value)
  return typeof value === 'object' && Object.values(value).every((inner) => isOff(inner as Json))
}

/** Who may do what, or as whom it acts. */
const rights =
  /(?:^|\.)(?:policy|policy_document|assume_role_policy|iam_instance_profile|execution_role_arn|role_arn|role|permissions_boundary)(?:\.|$)/

const isOfRights = ({ path }: Field): boolean => rights.test(namesOf(path))

const isTag = ({ path }: Field): boolean =>
  /^(?:configuration\.)?(?:tags|tags_all|labels|effective_labels|terraform_labels)(?:[.[]|$)/.test(path)

/** Levels that are looked through: a document is hardly deeper, and none may take the stack. */
const maxDepth = 30

function holds(value: Json, wanted: (scalar: Json) => boolean, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return wanted(value)
  return depth < maxDepth && Object.values(value).some((inner) => holds(inner as Json, wanted, depth + 1))
}

function someObject(value: Json, wanted: (object: { readonly [name: string]: Json }) => boolean, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return false
  if (!Array.isArray(value) && wanted(value as { readonly [name: string]: Json })) return true
  return Object.values(value).some((inner) => someObject(inner as Json, wanted, depth + 1))
}
