import { isUtf8 } from 'node:buffer'
import type { OperatorFunction } from 'rxjs'
import { partitionOf } from '../model/partition.ts'
import type { DeadLetterReason, Envelope, ScopeState } from '../model/partition-state.ts'
import type { InputRecord } from '../model/record.ts'
import type { Scope } from '../model/scope.ts'
import type { Batch, Control, InputBatch, Observations, OperatorContext } from './batch.ts'
import { placeOf, previewOf } from './batch.ts'
import { controlOf } from './control-record.ts'
import { hashIdAt, type IdHasher } from './id-hash.ts'
import { envelopeOf, isRejection, readPrefix, readRecord } from './read-record.ts'
import { splitEach } from './split-each.ts'

/** Observations in one batch; a longer run goes on in the next. */
const maxObservations = 4096
const resourceField = '"resource":'
/** How far into a line the resource may begin for its envelope to be read without parsing the line. */
const maxPrefix = 2048
const newlineByte = 10
const documentStart = Buffer.from('{"id":"')

/**
 * **Splits NDJSON input into runs of observations of one scope, each with the control record that ends it.**
 *
 * A record that is laid out as our collectors write it — the resource last, its id first — is never parsed here: the part
 * before the resource is compared with the previous record's, the id is hashed where it stands. Everything else takes the
 * way of a whole `JSON.parse`. What can't be used becomes a dead letter, and the rest goes on.
 */
export const decode = (context: OperatorContext): OperatorFunction<InputBatch, Batch> =>
  splitEach(() => {
    // Batches go through the chain one at a time, so one set of columns serves them all.
    const columns = observations(maxObservations)
    return (input, emit) => new Decoder(input, context, columns, emit).run()
  })

interface Prefix {
  readonly start: number
  readonly length: number
  readonly scope: ScopeState
  readonly envelope: Envelope
}

/** One input batch's way through {@link decode}. */
class Decoder {
  readonly #bytes: Buffer
  readonly #view: Uint8Array
  readonly #input: InputBatch
  readonly #context: OperatorContext
  readonly #emit: (batch: Batch) => void
  readonly #id: IdHasher = { idLo: 0, idHi: 0 }
  readonly #observed: Observations
  #prefix: Prefix | null = null
  #line = 0

  constructor(input: InputBatch, context: OperatorContext, columns: Observations, emit: (batch: Batch) => void) {
    this.#input = input
    this.#context = context
    this.#emit = emit
    this.#view = new Uint8Array(input.bytes.buffer, input.bytes.byteOffset, input.bytes.byteLength)
    this.#bytes = Buffer.from(input.bytes.buffer, input.bytes.byteOffset, input.bytes.byteLength)
    this.#observed = columns
    columns.length = 0
  }

  run(): void {
    const bytes = this.#bytes
    for (let start = 0; start < bytes.length; ) {
      if (this.#view[start] === newlineByte) {
        this.#line++
        start++
        continue
      }
      const newline = bytes.indexOf(newlineByte, start)
      const next = newline < 0 ? bytes.length : newline
      let end = next
      while (end > start && isSpace(bytes[end - 1] ?? 0)) end--
      this.#line++
      if (end > start) this.#take(start, end)
      start = next + 1
    }
    this.#flush(null)
    this.#context.counters.bytes += bytes.length
  }

  #take(start: number, end: number): void {
    this.#context.counters.records++
    if (end - start > this.#context.limits.recordBytes) {
      this.#reject('too_large', `${end - start} bytes, the limit is ${this.#context.limits.recordBytes}`, start, end)
      return
    }
    if (!this.#takeByBytes(start, end)) this.#takeParsed(start, end)
  }

  /** Takes a record laid out as ours without parsing it; false where it is laid out otherwise. */
  #takeByBytes(start: number, end: number): boolean {
    const bytes = this.#view
    // "…}}" : the resource is the record's last field (or its actor is; then its document won't parse, see `compare`).
    if (bytes[end - 1] !== 0x7d || bytes[end - 2] !== 0x7d) return false
    const prefix = this.#prefixAt(start, end)
    if (prefix === null) return false
    const document = start + prefix.length
    for (let i = 0; i < documentStart.length; i++) if (bytes[document + i] !== documentStart[i]) return false
    const idStart = document + documentStart.length
    const idEnd = hashIdAt(bytes, idStart, end, prefix.scope.id, this.#id)
    if (idEnd < 0) return false
    const observed = this.#observed
    const n = observed.length++
    observed.line[n] = this.#line - 1
    observed.lineStart[n] = start
    observed.start[n] = document
    observed.end[n] = end - 1
    observed.idEnd[n] = idEnd
    observed.idLo[n] = this.#id.idLo
    observed.idHi[n] = this.#id.idHi
    if (observed.length === observed.start.length) this.#flush(null)
    return true
  }

  /** What stands before the resource: the previous record's again, or a new one, which ends the run. */
  #prefixAt(start: number, end: number): Prefix | null {
    const bytes = this.#bytes
    const last = this.#prefix
    if (last !== null && end - start > last.length) {
      if (bytes.compare(bytes, last.start, last.start + last.length, start, start + last.length) === 0) return last
    }
    const found = bytes.subarray(start, Math.min(end, start + maxPrefix)).indexOf(resourceField)
    if (found < 0) return null
    const length = found + resourceField.length
    if (!isUtf8(bytes.subarray(start, start + length))) return null
    const record = readPrefix(bytes.toString('utf8', start, start + length))
    const scope = record && this.#scopeOf(record.scope as Scope)
    if (!record || !scope) return null
    this.#flush(null)
    const envelope = envelopeOf(record, this.#context.nowMs(), this.#context.redactor)
    this.#prefix = { start, length, scope, envelope }
    return this.#prefix
  }

  #takeParsed(start: number, end: number): void {
    const read = readRecord(this.#bytes.subarray(start, end), this.#input.isOperators?.(this.#lineNumber()) ?? false)
    if (isRejection(read)) {
      this.#reject(read.rejected, read.detail, start, end)
      return
    }
    const { record } = read
    const scope = this.#scopeOf(record.scope as Scope)
    if (scope === null) {
      this.#reject('wrong_partition', `its scope belongs to partition ${this.#partitionOf(record.scope)}`, start, end)
      return
    }
    this.#flush(null)
    this.#prefix = null
    if (record.kind === 'observed') this.#emitParsed(record, scope)
    else {
      const control = controlOf(record, this.#context, this.#lineNumber(), () => previewOf(this.#bytes, start, end))
      this.#emit({ ...this.#batch(scope, noEnvelope), control })
    }
  }

  /** A parsed resource goes on as bytes of its own, its id first, as if it had come so. */
  #emitParsed(record: InputRecord & { kind: 'observed' }, scope: ScopeState): void {
    const { id, ...rest } = record.resource
    const bytes = Buffer.from(JSON.stringify({ id, ...rest }))
    const observed = observations(1)
    const idStart = documentStart.length
    const idEnd = hashIdAt(bytes, idStart, bytes.length, scope.id, this.#id)
    observed.length = 1
    observed.end[0] = bytes.length
    // An id with an escape in it has no end here: `compare` reads it from the document.
    observed.idEnd[0] = idEnd
    observed.idLo[0] = idEnd < 0 ? 0 : this.#id.idLo
    observed.idHi[0] = idEnd < 0 ? 0 : this.#id.idHi
    observed.lineStart[0] = -1
    const envelope = envelopeOf(record, this.#context.nowMs(), this.#context.redactor)
    // An offset may need more than 32 bits.
    const lines = Float64Array.of(this.#lineNumber())
    this.#emit({ ...this.#batch(scope, envelope), bytes, view: new Uint8Array(bytes), lines, observed })
  }

  #flush(control: Control | null): void {
    const prefix = this.#prefix
    if (prefix === null || this.#observed.length === 0) return
    this.#emit({ ...this.#batch(prefix.scope, prefix.envelope), observed: this.#observed, control })
    this.#observed.length = 0
  }

  #batch(scope: ScopeState, envelope: Envelope): Batch {
    const { source, lines, unit = 'line' } = this.#input
    return {
      bytes: this.#bytes,
      view: this.#view,
      source,
      lines,
      unit,
      scope,
      envelope,
      observed: noObservations,
      control: null,
      candidates: [],
    }
  }

  #scopeOf(scope: Scope): ScopeState | null {
    return this.#partitionOf(scope) === this.#context.partition ? this.#context.state.scope(scope) : null
  }

  #partitionOf(scope: string): number {
    return partitionOf(scope as Scope, this.#context.partitions)
  }

  #reject(reason: DeadLetterReason, detail: string, start: number, end: number): void {
    this.#flush(null)
    const where = placeOf(this.#input, this.#lineNumber())
    this.#context.deadLetter(reason, detail, where, previewOf(this.#bytes, start, end))
  }

  /** Where the record stood in what was sent. */
  #lineNumber(): number {
    return this.#input.lines?.at(this.#line - 1) ?? this.#line
  }
}

const noEnvelope: Envelope = { scan: null, observedAtMs: 0, occurredAt: null, actor: null }

const isSpace = (byte: number): boolean => byte === 0x0d || byte === 0x20 || byte === 0x09

function observations(capacity: number): Observations {
  return {
    length: 0,
    line: new Int32Array(capacity),
    lineStart: new Int32Array(capacity),
    start: new Int32Array(capacity),
    end: new Int32Array(capacity),
    idEnd: new Int32Array(capacity),
    idLo: new Int32Array(capacity),
    idHi: new Int32Array(capacity),
  }
}

const noObservations = observations(0)
