import type { Json } from './resource.ts'
import { type Field, namesOf } from './rule-selector.ts'
import type { Severity } from './rules.ts'

/**
 * How bad a drift is where no rule says so. In the order of the report: open to the world, or allowed everything (critical); a
 * protection that is off, or a thing that is gone (high); anything else (medium); tags, and what nobody manages (low).
 */
export function defaultSeverity(drift: {
  readonly type: string
  readonly status: 'changed' | 'missing' | 'unmanaged' | 'unknown'
  readonly fields: readonly Field[]
}): Severity {
  const { type, status, fields } = drift
  if (status === 'missing') return guards.test(type) ? 'critical' : 'high'
  if (status !== 'changed') return 'low'
  if (fields.some((field) => isOpened(type, field) || isAllowedEverything(field))) return 'critical'
  if (fields.some(isProtectionOff)) return 'high'
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

const protections =
  /^(?:(?:storage_|kms_|at_rest_|transit_)?encrypt(?:ed|ion_enabled)|(?:at_rest|transit)_encryption_enabled|enable_https_traffic_only|https_only|deletion_protection(?:_enabled)?|enable_deletion_protection|disable_api_termination|enable_key_rotation|enable_log_file_validation|purge_protection_enabled|point_in_time_recovery_enabled|uniform_bucket_level_access|log_file_validation_enabled|is_logging)$/
/** Blocks of which `enabled` or `status` is the protection. */
const protectionBlocks =
  /(?:^|\.)(?:versioning(?:_configuration)?|point_in_time_recovery|server_side_encryption(?:_configuration)?|encryption_configuration)(?:\.|$)/

function isProtectionOff({ path, before, after }: Field): boolean {
  const names = namesOf(path)
  if (protections.test(lastName(path))) return isOn(before) && !isOn(after)
  return protectionBlocks.test(names) && holds(before, isOn) && !holds(after, isOn)
}

const isOn = (value: Json): boolean =>
  value === true || (typeof value === 'string' && /^(?:true|enabled|on|aes256|aws:kms(?::dsse)?)$/i.test(value))

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
