import { isUtf8 } from 'node:buffer'
import { messageOf, VainoError } from '../model/errors.ts'
import { checkDepth, parseJson } from '../model/json.ts'
import { hasTooMuchStructure, tooMuchStructure } from '../model/json-structure.ts'
import type { DeadLetterReason, Envelope } from '../model/partition-state.ts'
import {
  holdReleaseSchema,
  type InputRecord,
  inputRecordSchema,
  type OperatorRecord,
  observedSchema,
  scopeForgetSchema,
  timeOf,
} from '../model/record.ts'
import type { Redactor } from '../model/redaction.ts'
import type { Resource } from '../model/resource.ts'
import { resourceSchema } from '../model/resource-schema.ts'
import { isPlainlyBeginOrEnd, isPlainlyEnvelope, isPlainlyResource } from './plain-record.ts'

/** Why a record can't be used. */
export interface Rejection {
  readonly rejected: DeadLetterReason
  readonly detail: string
}

export const isRejection = (value: object): value is Rejection => 'rejected' in value

const bytesIn = (texts: string): ReadonlySet<number> => new Set(Buffer.from(texts))
const spaces = bytesIn(' \t\r\n')
/** Also of true, false and null. */
const beginnings = bytesIn('{["-0123456789tfn')
const endings = bytesIn('}]"0123456789el')

/**
 * Whether bytes begin and end as JSON text does. Most of what is none doesn't: words, lines of a document that was sent
 * pretty-printed. A parser takes twenty times as long to say so, since it throws.
 */
function mayBeJson(bytes: Uint8Array): boolean {
  let start = 0
  while (spaces.has(bytes[start] ?? 0)) start++
  let last = bytes.length - 1
  while (last > start && spaces.has(bytes[last] ?? 0)) last--
  return beginnings.has(bytes[start] ?? 0) && endings.has(bytes[last] ?? 0)
}

/** Parses bytes as JSON, saying which way they are none. */
export function readJson(bytes: Uint8Array): { value: unknown } | Rejection {
  if (!isUtf8(bytes)) return { rejected: 'not_utf8', detail: '' }
  if (!mayBeJson(bytes)) return { rejected: 'not_json', detail: 'it begins or ends as no JSON does' }
  if (hasTooMuchStructure(bytes)) return { rejected: 'too_large', detail: tooMuchStructure }
  try {
    const value = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
    checkDepth(value)
    return { value }
  } catch (error) {
    if (error instanceof VainoError) return { rejected: 'too_deep', detail: error.message }
    // A parser that runs out of stack says RangeError: that is depth too.
    if (error instanceof RangeError) return { rejected: 'too_deep', detail: 'nested too deep to parse' }
    return { rejected: 'not_json', detail: withoutQuotes(messageOf(error)) }
  }
}

/** A parser's quotation of the text may hold a secret, torn from the name that would reveal it (`"password": hunter2`). */
const withoutQuotes = (message: string): string => message.replace(/\s*".*"/s, '')

const problems = (error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.map(String).join('.') || 'record'}: ${inWords(issue.message)}`)
    .join('; ')

const inWords = (message: string): string =>
  message.replace(/^Invalid input: /, '').replace(/, received undefined$/, '; it is missing')

const kinds = ['scan.begin', 'observed', 'gone', 'attributed', 'scan.end']

/** Whatever isn't a plain word may be a secret, and this stands in the sender's answer, and so in logs. */
function kindInWords(kind: unknown): string {
  if (kind === undefined) return 'no kind'
  if (typeof kind !== 'string') return 'a kind that is no text'
  return /^[a-z][a-z._-]{0,39}$/i.test(kind) ? `kind "${kind}"` : 'another kind'
}

/** Reads one whole input record. @param isOperators whether vaino sent it for an operator: its records of anybody else are refused */
export function readRecord(
  line: Uint8Array,
  isOperators = false,
): { record: InputRecord | OperatorRecord } | Rejection {
  const json = readJson(line)
  if (isRejection(json)) return json
  const { value } = json
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { rejected: 'invalid_record', detail: 'not a JSON object' }
  }
  const kind = (value as { kind?: unknown }).kind
  if (kind === 'hold.release' || kind === 'scope.forget') {
    if (!isOperators)
      return { rejected: 'operator_record', detail: `${kind} is an operator's word: ask the API for it` }
    const schema = kind === 'hold.release' ? holdReleaseSchema : scopeForgetSchema
    if (schema.safeParse(value).success) return { record: value as OperatorRecord }
  }
  if (typeof kind !== 'string' || !kinds.includes(kind)) {
    return { rejected: 'unknown_kind', detail: `${kindInWords(kind)}; expected ${kinds.join(', ')}` }
  }
  if (isPlainlyBeginOrEnd(value)) return { record: value }
  const parsed = inputRecordSchema.safeParse(value)
  // The schema only checks; the value itself goes on, because a copy would lose an own `__proto__` key.
  if (parsed.success) return { record: value as InputRecord }
  const inResource = parsed.error.issues.every((issue) => issue.path[0] === 'resource')
  return { rejected: inResource ? 'invalid_resource' : 'invalid_record', detail: problems(parsed.error) }
}

/** Reads a resource's document. */
export function readResource(bytes: Uint8Array): { resource: Resource } | Rejection {
  const json = readJson(bytes)
  if (isRejection(json)) return json
  if (isPlainlyResource(json.value)) return { resource: json.value }
  const parsed = resourceSchema.safeParse(json.value)
  if (!parsed.success) return { rejected: 'invalid_resource', detail: problems(parsed.error) }
  return { resource: json.value as Resource }
}

type Enveloped = { scan?: unknown; observed_at?: unknown; occurred_at?: unknown; actor?: unknown }

/** What a checked record says around its resource, secrets redacted. */
export const envelopeOf = (record: Enveloped, nowMs: number, redactor: Redactor): Envelope => ({
  scan: typeof record.scan === 'string' ? record.scan : null,
  observedAtMs: typeof record.observed_at === 'string' ? timeOf(record.observed_at) : nowMs,
  occurredAt: typeof record.occurred_at === 'string' ? new Date(timeOf(record.occurred_at)).toISOString() : null,
  actor: redactor.redactJson((record.actor ?? null) as Envelope['actor']),
})

const envelopeSchema = observedSchema.omit({ resource: true })

/** Reads what stands before a resource, as the record but for it; null where the text before the resource is no record's beginning. */
export function readPrefix(text: string) {
  try {
    const value: object = JSON.parse(`${text}null}`)
    // A key may end in `\"resource` without being `resource`.
    if (!Object.hasOwn(value, 'resource')) return null
    if (isPlainlyEnvelope(value)) return value
    const parsed = envelopeSchema.safeParse(value)
    return parsed.success ? parsed.data : null
  } catch (error) {
    // Not a record's beginning after all: the whole line is parsed, and says what is wrong with it.
    if (error instanceof SyntaxError) return null
    throw error
  }
}
