import { VainoError } from '../model/errors.ts'
import { partitionOf } from '../model/partition.ts'
import { isScope } from '../model/scope.ts'
import type { Producer } from './engine.ts'
import type { Receipt, Transport } from './transport.ts'
import { type ProducerMark, type TaskResult, wholeRequest } from './workers/protocol.ts'

export interface IngestSettings {
  readonly partitions: number
  readonly recordBytes: number
  /** A partition's parcel is sent when it holds this many bytes. It must not depend on how the body was cut: a repeated request is cut the same way. */
  readonly parcelBytes: number
}

/** Where a line goes that names no scope: it becomes a dead letter there. */
const partitionOfTheUnroutable = 0
const previewBytes = 800
const newline = 10

/**
 * Splits a body of NDJSON input records by partition and sends it on. Memory: one parcel a partition, one line, and what
 * the permits let be under way.
 * @returns the results of everything sent, all of it committed
 */
export async function ingestBody(
  transport: Transport,
  settings: IngestSettings,
  body: AsyncIterable<Uint8Array>,
  source: string,
  producer: Producer | null,
): Promise<TaskResult[]> {
  const router = new Router(transport, settings, source, producer)
  for await (const chunk of body) await router.take(chunk)
  return router.end()
}

interface Gathering {
  readonly pieces: Buffer[]
  readonly lines: number[]
  bytes: number
  part: number
}

class Router {
  readonly #transport: Transport
  readonly #settings: IngestSettings
  readonly #source: string
  readonly #producer: Producer | null
  readonly #gathering = new Map<number, Gathering>()
  readonly #results: TaskResult[] = []
  readonly #receipts = new Set<Promise<unknown>>()
  /** The beginning of a line whose end hasn't come yet. */
  #rest: Buffer[] = []
  #restBytes = 0
  /** The line under way is over the limit: it is skipped to its end. */
  #skipping = false
  #line = 0
  #failure: unknown = null
  #lastScope = ''
  #lastPartition = partitionOfTheUnroutable

  constructor(transport: Transport, settings: IngestSettings, source: string, producer: Producer | null) {
    this.#transport = transport
    this.#settings = settings
    this.#source = source
    this.#producer = producer
  }

  async take(chunk: Uint8Array): Promise<void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(newline, start)
      if (end < 0) return this.#keepRest(bytes.subarray(start))
      const piece = bytes.subarray(start, end)
      start = end + 1
      if (this.#restBytes === 0) await this.#takeLine(piece)
      else {
        await this.#keepRest(piece)
        await this.#takeRest()
      }
    }
  }

  async end(): Promise<TaskResult[]> {
    if (this.#restBytes > 0) await this.#takeRest()
    for (const partition of this.#gathering.keys()) await this.#flush(partition)
    await Promise.allSettled(this.#receipts)
    if (this.#failure !== null) throw this.#failure
    return this.#results
  }

  async #keepRest(piece: Buffer): Promise<void> {
    this.#restBytes += piece.length
    if (this.#skipping) return
    // A chunk's memory is its sender's again after this call.
    this.#rest.push(Buffer.from(piece))
    if (this.#restBytes > this.#settings.recordBytes) this.#skipping = true
  }

  async #takeRest(): Promise<void> {
    const [pieces, length, tooLong] = [this.#rest, this.#restBytes, this.#skipping]
    this.#rest = []
    this.#restBytes = 0
    this.#skipping = false
    if (!tooLong) return this.#takeLine(Buffer.concat(pieces))
    this.#line++
    await this.#refuse(length, pieces[0] ?? Buffer.alloc(0))
  }

  async #takeLine(line: Buffer): Promise<void> {
    this.#line++
    if (line.length > this.#settings.recordBytes) return this.#refuse(line.length, line)
    if (line.length === 0) return
    const partition = this.#partitionOf(line)
    const at = this.#at(partition)
    at.pieces.push(line)
    at.lines.push(this.#line)
    at.bytes += line.length + 1
    if (at.bytes >= this.#settings.parcelBytes) await this.#flush(partition)
    // The line is a view of its chunk, which goes back after `take`.
    else at.pieces[at.pieces.length - 1] = Buffer.from(line)
  }

  #at(partition: number): Gathering {
    const found = this.#gathering.get(partition)
    if (found) return found
    const made: Gathering = { pieces: [], lines: [], bytes: 0, part: 0 }
    this.#gathering.set(partition, made)
    return made
  }

  /** Where a line belongs, by the scope that it names. Records are mostly laid out as ours, so few are parsed for it. */
  #partitionOf(line: Buffer): number {
    const scope = scopeOf(line)
    if (scope === null) return partitionOfTheUnroutable
    if (scope !== this.#lastScope && isScope(scope)) {
      this.#lastScope = scope
      this.#lastPartition = partitionOf(scope, this.#settings.partitions)
    }
    return scope === this.#lastScope ? this.#lastPartition : partitionOfTheUnroutable
  }

  async #flush(partition: number): Promise<void> {
    const at = this.#at(partition)
    if (at.pieces.length === 0) return
    const bytes = new Uint8Array(at.bytes)
    let length = 0
    for (const piece of at.pieces) {
      bytes.set(piece, length)
      length += piece.length
      bytes[length++] = newline
    }
    const lines = Uint32Array.from(at.lines)
    const producer = this.#mark(at.part++)
    at.pieces.length = 0
    at.lines.length = 0
    at.bytes = 0
    this.#track(
      await this.#transport.send(partition, { bytes, records: lines.length, source: this.#source, lines, producer }),
    )
  }

  async #refuse(length: number, start: Buffer): Promise<void> {
    const detail = `${length} bytes, the limit is ${this.#settings.recordBytes}`
    const preview = start.toString('utf8', 0, previewBytes)
    const where = `${this.#source} line ${this.#line}`
    this.#track(await this.#transport.refuse(partitionOfTheUnroutable, 'too_large', detail, where, preview))
  }

  #mark(part: number): ProducerMark | null {
    return this.#producer === null ? null : { ...this.#producer, part }
  }

  #track({ settled }: Receipt): void {
    if (this.#failure !== null) throw this.#failure
    const noted = settled.then(
      (result) => void this.#results.push(result),
      (error: unknown) => {
        this.#failure ??= error
      },
    )
    this.#receipts.add(noted)
    noted.finally(() => this.#receipts.delete(noted))
  }
}

const scopeField = /^\s*\{\s*"kind"\s*:\s*"[a-z.]+"\s*,\s*"scope"\s*:\s*"([^"\\]+)"/

function scopeOf(line: Buffer): string | null {
  const match = scopeField.exec(line.toString('utf8', 0, 1400))
  if (match) return match[1] ?? null
  try {
    const record: unknown = JSON.parse(line.toString('utf8'))
    const scope = typeof record === 'object' && record !== null && 'scope' in record ? record.scope : null
    return typeof scope === 'string' ? scope : null
  } catch (error) {
    // The partition that it is sent to says what is wrong with it.
    if (error instanceof SyntaxError || error instanceof RangeError) return null
    throw error
  }
}

/** The partition that knows how far a producer has come: every request notes its end there, after all of its effects. */
export const homeOf = (producer: Producer, partitions: number): number => {
  let hash = 0
  for (let i = 0; i < producer.id.length; i++) hash = (Math.imul(hash, 31) + producer.id.charCodeAt(i)) | 0
  return (hash >>> 0) % partitions
}

export const endOf = (producer: Producer): ProducerMark => ({ ...producer, part: wholeRequest })

/**
 * What a producer's request is against what it has committed: the next one, a repetition (false), or a mistake.
 * @throws VainoError `stale_epoch`, `producer_gap`
 */
export function isNext(producer: Producer, noted: { epoch: number; seq: number } | null): boolean {
  const { id, epoch, seq } = producer
  const details = { producer_epoch: noted?.epoch ?? epoch, expected_seq: 0, received_seq: seq }
  if (noted !== null && epoch < noted.epoch) {
    throw new VainoError('stale_epoch', `producer ${id} has begun epoch ${noted.epoch}; this is epoch ${epoch}`, {
      hint: 'Another instance has taken over. Begin a higher epoch with sequence number 0 to take over again.',
      details,
    })
  }
  const expected = noted !== null && epoch === noted.epoch ? noted.seq + 1 : 0
  if (seq < expected) return false
  if (seq === expected) return true
  throw new VainoError('producer_gap', `producer ${id} sent sequence number ${seq}; ${expected} comes next`, {
    hint: `Send what is missing, from Producer-Seq ${expected} on.`,
    details: { ...details, expected_seq: expected },
  })
}
