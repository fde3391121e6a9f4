import { isAsWritten, type Observed, type ScanBegin, type ScanEnd } from '../model/record.ts'
import type { Resource } from '../model/resource.ts'
import { isScope } from '../model/scope.ts'

// Each function says whether a value passes its schema beyond doubt, at a tenth of the schema's cost: a resource's is 4 µs, a tenth of
// a first load; those of a scan's two records an eighth of a scan of 100 resources that are what they were. False says nothing: the
// schema then decides, and words what is wrong.

const optionalTexts = ['name', 'account', 'region', 'namespace'] as const
const optionalObjects = ['configuration', 'metadata', 'tags'] as const

export function isPlainlyResource(value: unknown): value is Resource {
  if (!isObject(value)) return false
  const resource = value as Partial<Resource>
  return (
    isText(resource.id, 4096) &&
    isText(resource.type, 512) &&
    isText(resource.provider, 256) &&
    optionalTexts.every((name) => resource[name] == null || typeof resource[name] === 'string') &&
    (resource.uid == null || isText(resource.uid, 4096)) &&
    optionalObjects.every((name) => resource[name] == null || isObject(resource[name]))
  )
}

/** What stands before a resource. */
export function isPlainlyEnvelope(value: unknown): value is Omit<Observed, 'resource'> {
  if (!isObject(value)) return false
  const record = value as Partial<Observed>
  return (
    record.kind === 'observed' &&
    isScopeText(record.scope) &&
    (record.scan == null || isText(record.scan, 128)) &&
    isOptionalTime(record.observed_at) &&
    (record.occurred_at === null || isOptionalTime(record.occurred_at))
  )
}

export function isPlainlyBeginOrEnd(value: unknown): value is ScanBegin | ScanEnd {
  if (!isObject(value)) return false
  const record = value as Partial<ScanBegin | ScanEnd>
  if (!isScopeText(record.scope) || !isText(record.scan, 128) || !isOptionalTime(record.observed_at)) return false
  if (record.kind === 'scan.begin') return true
  if (record.kind !== 'scan.end') return false
  const { complete, count, unchanged, errors, warnings, attributes } = record
  return (
    typeof complete === 'boolean' &&
    (count === undefined || (Number.isSafeInteger(count) && count >= 0)) &&
    (unchanged === undefined || typeof unchanged === 'boolean') &&
    isNone(errors) &&
    isNone(warnings) &&
    attributes === undefined
  )
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown, most: number): boolean =>
  typeof value === 'string' && value !== '' && value.length <= most && value.isWellFormed()
const isScopeText = (value: unknown): boolean => typeof value === 'string' && isScope(value)
const isOptionalTime = (value: unknown): boolean =>
  value === undefined || (typeof value === 'string' && isAsWritten(value))
const isNone = (notes: unknown): boolean => notes === undefined || (Array.isArray(notes) && notes.length === 0)
