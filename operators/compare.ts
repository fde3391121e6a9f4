import { map, type OperatorFunction } from 'rxjs'
import { boundedDiff } from '../model/bounded-diff.ts'
import { canonicalHash } from '../model/canonical.ts'
import type { FieldChange } from '../model/change.ts'
import { parseJson } from '../model/json.ts'
import type { Envelope, Hashes, ResourceState } from '../model/partition-state.ts'
import type { Resource } from '../model/resource.ts'
import type { Batch, Candidate, OperatorContext, Outcome } from './batch.ts'
import { count, placeOf, previewOf } from './batch.ts'
import { isPassedOver } from './ended-scan.ts'
import { isReadAnew } from './read-anew.ts'
import { envelopeOf, isRejection, type Rejection, readRecord, readResource } from './read-record.ts'

/**
 * **Finds out what became of each candidate: the same after all, or changed, and in which fields.**
 *
 * Cheapest question first: the raw hash in the resource's row (the cache may have lost it), then the canonical hash, and
 * only then both documents. Secrets are redacted here, before anything is kept; a candidate that can't be used becomes a
 * dead letter and has no outcome.
 */
export const compare = (context: OperatorContext): OperatorFunction<Batch, Batch> =>
  map((batch) => {
    for (const candidate of batch.candidates) {
      const startedAt = performance.now()
      candidate.outcome = outcomeOf(context, batch, candidate)
      context.counters.diffMs.observe(performance.now() - startedAt)
    }
    return batch
  })

const hash = new Uint32Array(2)
const twoIds: Rejection = { rejected: 'invalid_resource', detail: 'a name stands twice in it, and so it has two ids' }
/** Where fields follow the resource, the bytes don't show where the record's envelope ends: they must not be recognised. */
const unknownBytes = { rawLo: 0, rawHi: 0 }

function outcomeOf(context: OperatorContext, batch: Batch, candidate: Candidate): Outcome | null {
  const { state, counters } = context
  const name = idText(batch, candidate)
  let current = name === null ? null : state.find(batch.scope, name)
  if (current && current.condition !== 'deleted' && sameBytes(current, candidate)) {
    counters.unchangedRaw++
    return { kind: 'same', current, envelope: batch.envelope, hashes: current.hashes, uid: current.uid, document: null }
  }
  const read = readCandidate(context, batch, candidate)
  if (isRejection(read)) return reject(context, batch, candidate, read)
  const { resource, envelope } = read
  if (isPassedOver(batch.scope, envelope)) {
    count(counters.suppressed, 'scan_outdated')
    return null
  }
  if (name === null) current = state.find(batch.scope, resource.id)
  else if (resource.id !== name) return reject(context, batch, candidate, twoIds)

  counters.compared++
  context.working()
  context.redactor.redactResource(resource)
  context.working()
  canonicalHash(resource, hash)
  const [canonicalLo = 0, canonicalHi = 0] = [hash[0], hash[1]]
  const { rawLo, rawHi } = read.isWholeRecord ? unknownBytes : candidate
  const hashes: Hashes = { rawLo, rawHi, canonicalLo, canonicalHi }
  const document = JSON.stringify(resource)
  // Numbers written out, and placeholders in the place of short secrets, can make it longer than it came.
  const length = document.length * 3 > context.limits.recordBytes ? Buffer.byteLength(document) : 0
  if (length > context.limits.recordBytes) {
    const detail = `${length} bytes as it would be kept, the limit is ${context.limits.recordBytes}`
    return reject(context, batch, candidate, { rejected: 'too_large', detail })
  }
  const uid = typeof resource.uid === 'string' ? resource.uid : (current?.uid ?? null)
  const changed = { kind: 'changed', current, hashes, envelope, resource, uid, document } as const
  if (current === null || current.condition === 'deleted') {
    return { ...changed, before: null, replaced: false, fields: [] }
  }
  const beforeDocument = state.document(current)
  const replaced = current.uid !== null && uid !== current.uid
  if (!replaced && current.hashes.canonicalLo === canonicalLo && current.hashes.canonicalHi === canonicalHi) {
    return same(context, { current, envelope, hashes, uid, document }, beforeDocument)
  }
  const before = storedVersion(context, current, beforeDocument)
  const fields = replaced ? [] : fieldsOf(context, before, { resource, document })
  // Without fields the canonical hash was an earlier vaino's, whose tables of sets and volatile fields differed.
  if (!replaced && isReadAnew(before.resource, resource, fields, context.redactor))
    return same(context, { current, envelope, hashes, uid, document }, beforeDocument)
  return { ...changed, before, replaced, fields }
}

/** Two documents of a million nodes are no matter of milliseconds: each step says that work goes on. */
function fieldsOf(context: OperatorContext, before: Version, after: Version): readonly FieldChange[] {
  context.working()
  const { fields, whole } = boundedDiff(before.resource, after.resource, before.document.length + after.document.length)
  for (const _ of whole) count(context.counters.suppressed, 'field_detail')
  context.working()
  return fields
}

/** The stored version as the present redactor leaves it: an earlier vaino may have stored in clear what this one redacts. */
function storedVersion(
  { redactor, redactedAfter }: OperatorContext,
  { last }: ResourceState,
  document: string,
): Version {
  const resource = parseJson(document) as unknown as Resource
  if (last > redactedAfter) return { resource, document }
  return redactor.redactResource(resource) ? { resource, document: JSON.stringify(resource) } : { resource, document }
}

interface Version {
  readonly resource: Resource
  readonly document: string
}

function same(
  { counters }: OperatorContext,
  settled: Omit<Outcome & { kind: 'same' }, 'kind'>,
  beforeDocument: string,
): Outcome {
  const refreshed = settled.document !== beforeDocument
  counters.unchangedCanonical++
  count(counters.suppressed, refreshed ? 'not_compared' : 'spelling')
  return { kind: 'same', ...settled, document: refreshed ? settled.document : null }
}

const sameBytes = (current: ResourceState, candidate: Candidate): boolean =>
  current.hashes.rawLo === candidate.rawLo && current.hashes.rawHi === candidate.rawHi

/** The id as it stands in the bytes; null where it holds an escape. */
export function idText({ bytes, observed }: Batch, { index }: Pick<Candidate, 'index'>): string | null {
  const end = observed.idEnd[index] ?? -1
  return end < 0 ? null : bytes.toString('utf8', (observed.start[index] ?? 0) + '{"id":"'.length, end)
}

/** Reads an observation's document, and its record where the document isn't all that follows its envelope. */
export function readCandidate(
  context: OperatorContext,
  { view: bytes, observed, envelope, scope }: Batch,
  { index }: Pick<Candidate, 'index'>,
): { resource: Resource; envelope: Envelope; isWholeRecord: boolean } | Rejection {
  const end = observed.end[index] ?? 0
  const read = readResource(bytes.subarray(observed.start[index], end))
  if (!isRejection(read)) return { resource: read.resource, envelope, isWholeRecord: false }
  const lineStart = observed.lineStart[index] ?? -1
  if (read.rejected !== 'not_json' || lineStart < 0) return read
  // Not where the document ends, perhaps: the resource may not be the record's last field.
  const whole = readRecord(bytes.subarray(lineStart, end + 1))
  if (isRejection(whole)) return whole
  const { record } = whole
  if (record.kind !== 'observed' || record.scope !== scope.scope) {
    return { rejected: 'invalid_record', detail: 'kind or scope stands twice in it' }
  }
  const resource = record.resource as Resource
  return { resource, envelope: envelopeOf(record, context.nowMs(), context.redactor), isWholeRecord: true }
}

function reject({ deadLetter }: OperatorContext, batch: Batch, { index }: Candidate, read: Rejection): null {
  const { bytes, lines, observed } = batch
  const start = observed.start[index] ?? 0
  const line = observed.line[index] ?? 0
  const where = placeOf(batch, lines?.at(line) ?? line + 1)
  deadLetter(read.rejected, read.detail, where, previewOf(bytes, start, observed.end[index] ?? start))
  return null
}
