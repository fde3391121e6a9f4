import { partitionOf } from '../../model/partition.ts'
import { isScope } from '../../model/scope.ts'
import type { Producer } from '../engine.ts'
import type { ProducerMark, TaskResult } from '../partition/task.ts'
import { ByteOrderMark } from './byte-order-mark.ts'
import { Gathering } from './gathering.ts'
import { scopeOf } from './line-scope.ts'
import type { Grant } from './permits.ts'
import type { LargeLine } from './request-permits.ts'
import type { Receipt, Transport } from './transport.ts'

export interface IngestSettings {
  readonly partitions: number
  readonly recordBytes: number
  /** Permits for lines longer than a parcel, which are assembled in memory before they are sent. */
  readonly largeLine: LargeLine
  /** Milliseconds of a monotonic clock; default: the system's. */
  readonly now?: () => number
}

/**
 * When a request's parcels together hold this many bytes, the fullest is sent. The parcels must not depend on the chunks of the
 * body, because a repeated request must give the same parcels.
 */
const parcelBytes = 1024 * 1024
/** For a moment a line is in memory three times: in pieces, as a whole, and in its parcel. */
const copiesOfLine = 3
/** The partition of lines that name no scope: they become dead letters there. */
const partitionOfTheUnroutable = 0
const previewBytes = 800
const newline = 10

/**
 * Splits a body of NDJSON input records by partition and sends it. Memory: twice a parcel's size (buffers double), one line,
 * and the parcels under way, which have permits.
 * @returns the results of everything sent, all of it committed
 */
export async function ingestBody(
  transport: Transport,
  settings: IngestSettings,
  body: AsyncIterable<Uint8Array>,
  source: string,
  producer: Producer | null,
): Promise<TaskResult[]> {
  using router = new Router(transport, settings, source, producer)
  const mark = new ByteOrderMark()
  for await (const chunk of body) {
    if (mark.isPast) await router.take(chunk)
    else for (const piece of mark.after(chunk)) await router.take(piece)
  }
  for (const piece of mark.end()) await router.take(piece)
  return await router.end()
}

class Router implements Disposable {
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
  #largeLine: Grant | null = null
  /** In all parcels that are being filled. */
  #gathered = 0
  #line = 0
  #failure: unknown = null
  /** The last line's start up to the end of its scope, and its partition: most lines start like the one before. */
  #lastStart = Buffer.alloc(0)
  #lastPartition = partitionOfTheUnroutable

  constructor(transport: Transport, settings: IngestSettings, source: string, producer: Producer | null) {
    this.#transport = transport
    this.#settings = settings
    this.#source = source
    this.#producer = producer
  }

  async take(chunk: Uint8Array): Promise<void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    if (this.#restBytes > 0) {
      const end = bytes.indexOf(newline)
      await this.#keepRest(bytes.subarray(0, end < 0 ? bytes.length : end))
      if (end < 0) return
      start = end + 1
      await this.#takeRest()
    }
    start = await this.#takeLines(bytes, start)
    if (start < bytes.length) await this.#keepRest(bytes.subarray(start))
  }

  async end(): Promise<TaskResult[]> {
    if (this.#restBytes > 0) await this.#takeRest()
    for (const [partition, at] of this.#gathering) await this.#flush(partition, at)
    await Promise.allSettled(this.#receipts)
    if (this.#failure !== null) throw this.#failure
    return this.#results
  }

  [Symbol.dispose](): void {
    this.#largeLine?.release()
  }

  /** Takes every whole line; neighbouring lines of one partition are copied as one run. @returns the index after the last whole line */
  async #takeLines(bytes: Buffer, from: number): Promise<number> {
    const { recordBytes } = this.#settings
    let start = from
    let runStart = from
    let run: { partition: number; at: Gathering } | null = null
    for (let end = bytes.indexOf(newline, start); end >= 0; end = bytes.indexOf(newline, start)) {
      this.#line++
      const fits = end - start <= recordBytes
      const partition = end === start || !fits ? -1 : this.#partitionOf(bytes, start, end)
      if (run !== null && partition !== run.partition) {
        this.#append(run.at, bytes, runStart, start)
        run = null
      }
      if (!fits) await this.#refuse(end - start, bytes.subarray(start, start + previewBytes))
      if (partition >= 0) {
        if (run === null) {
          run = { partition, at: this.#at(partition) }
          runStart = start
        }
        run.at.lines.push(this.#line)
        if (this.#gathered + end + 1 - runStart >= parcelBytes) {
          this.#append(run.at, bytes, runStart, end + 1)
          await this.#flushFullest()
          run = null
        }
      }
      start = end + 1
    }
    if (run !== null) this.#append(run.at, bytes, runStart, start)
    return start
  }

  async #keepRest(piece: Buffer): Promise<void> {
    const { recordBytes, largeLine } = this.#settings
    const isOver = this.#restBytes > recordBytes
    if (this.#largeLine === null && this.#restBytes + piece.length > parcelBytes) {
      this.#largeLine = await largeLine(recordBytes * copiesOfLine)
    }
    this.#restBytes += piece.length
    // Bytes over the limit are counted, not kept. They are copied, because the chunk's memory is reused after `take`.
    if (!isOver) this.#rest.push(Buffer.from(piece))
  }

  async #takeRest(): Promise<void> {
    const [pieces, length] = [this.#rest, this.#restBytes]
    this.#rest = []
    this.#restBytes = 0
    if (length <= this.#settings.recordBytes) {
      await this.#takeLines(Buffer.concat([...pieces, Buffer.from([newline])]), 0)
    } else {
      this.#line++
      await this.#refuse(length, pieces[0] ?? Buffer.alloc(0))
    }
    this.#largeLine?.release()
    this.#largeLine = null
  }

  #append(at: Gathering, bytes: Uint8Array, start: number, end: number): void {
    at.append(bytes.subarray(start, end))
    this.#gathered += end - start
  }

  async #flushFullest(): Promise<void> {
    let fullest: [number, Gathering] | null = null
    for (const entry of this.#gathering) if (fullest === null || entry[1].bytes > fullest[1].bytes) fullest = entry
    if (fullest !== null) await this.#flush(...fullest)
  }

  #at(partition: number): Gathering {
    const found = this.#gathering.get(partition)
    if (found) return found
    const made = new Gathering(this.#settings.now ?? (() => performance.now()))
    this.#gathering.set(partition, made)
    return made
  }

  /** The partition of the scope that a line names. Most records have our field order, so few are parsed for it. */
  #partitionOf(bytes: Buffer, start: number, end: number): number {
    const last = this.#lastStart
    if (last.length > 0 && bytes.compare(last, 0, last.length, start, Math.min(end, start + last.length)) === 0) {
      return this.#lastPartition
    }
    const found = scopeOf(bytes, start, end)
    if (found === null || !isScope(found.scope)) return partitionOfTheUnroutable
    this.#lastStart = Buffer.from(bytes.subarray(start, start + found.endsAt))
    this.#lastPartition = partitionOf(found.scope, this.#settings.partitions)
    return this.#lastPartition
  }

  async #flush(partition: number, at: Gathering): Promise<void> {
    if (at.bytes === 0) return
    this.#gathered -= at.bytes
    const { bytes, lines } = at.take()
    const producer = this.#markOf(at)
    const parcel = { bytes, records: lines.length, source: this.#source, lines, producer, origin: 'ingest' } as const
    const leave = await at.window.enter(bytes.byteLength)
    let receipt: Receipt
    try {
      receipt = await this.#transport.send(partition, parcel)
    } catch (error) {
      leave()
      throw error
    }
    this.#track(receipt, leave)
  }

  async #refuse(length: number, start: Buffer): Promise<void> {
    const detail = `${length} bytes, the limit is ${this.#settings.recordBytes}`
    const preview = start.toString('utf8', 0, previewBytes)
    const where = `${this.#source} line ${this.#line}`
    const mark = this.#markOf(this.#at(partitionOfTheUnroutable))
    this.#track(await this.#transport.refuse(partitionOfTheUnroutable, 'too_large', detail, where, preview, mark))
  }

  #markOf(at: Gathering): ProducerMark | null {
    return this.#producer === null ? null : { ...this.#producer, part: at.part++ }
  }

  /** @param leave is called when it is settled */
  #track({ settled }: Receipt, leave: () => void = () => {}): void {
    const over = () => {
      leave()
      this.#receipts.delete(noted)
    }
    // Every parcel gets a handler, also after another one failed: a rejection without a handler ends the process.
    const noted: Promise<void> = settled.then(
      (result) => {
        over()
        this.#results.push(result)
      },
      (error: unknown) => {
        over()
        this.#failure ??= error
      },
    )
    this.#receipts.add(noted)
    if (this.#failure !== null) throw this.#failure
  }
}
