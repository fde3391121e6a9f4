import type { Attribution } from '../../connectors/source.ts'
import { messageOf } from '../../model/errors.ts'
import { partitionOf } from '../../model/partition.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import type { TaskResult } from '../partition/task.ts'
import { SendWindow } from './send-window.ts'
import { parcelBuffer, type Transport } from './transport.ts'

export interface SinkSettings {
  readonly partitions: number
  /** A parcel is sent when it holds this many records or bytes. */
  readonly batchRecords: number
  readonly batchBytes: number
  /** Milliseconds of a monotonic clock; default: the system's. */
  readonly now?: () => number
}

/**
 * Gathers records of one scope into parcels and sends them. A parcel's size bounds the gathered records; permits and the
 * {@link SendWindow} bound the sent ones.
 */
export class ParcelWriter {
  readonly #transport: Transport
  readonly #settings: SinkSettings
  readonly #scope: Scope
  readonly #partition: number
  readonly #source: string
  readonly #signal: AbortSignal
  readonly #window: SendWindow
  #lines: string[] = []
  #length = 0
  #prefix = ''
  #failure: Error | null = null
  /** Parcels sent and not yet committed; bounded by the permits. */
  readonly #open = new Set<Promise<TaskResult>>()
  #refused = 0
  #changes = 0

  constructor(transport: Transport, settings: SinkSettings, scope: Scope, source: string, signal: AbortSignal) {
    this.#transport = transport
    this.#settings = settings
    this.#scope = scope
    this.#source = source
    this.#signal = signal
    this.#window = new SendWindow(settings.now ?? (() => performance.now()))
    this.#partition = partitionOf(scope, settings.partitions)
  }

  /** Records of committed parcels that became dead letters; with Kafka, where others process them, those over the size limit alone. */
  get refused(): number {
    return this.#refused
  }

  /** Changes that committed parcels brought. */
  get changes(): number {
    return this.#changes
  }

  /** What is gathered is a parcel: it is to be sent before more is gathered. */
  get isFull(): boolean {
    return this.#lines.length >= this.#settings.batchRecords || this.#length >= this.#settings.batchBytes
  }

  /** Records that are gathered and not sent yet. */
  get records(): number {
    return this.#lines.length
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0
  }

  async write(record: object): Promise<void> {
    this.gather(record)
    if (this.isFull) await this.flush()
  }

  async observe(scan: string | null, resource: Resource, by?: Attribution): Promise<void> {
    this.gatherObserved(scan, resource, by)
    if (this.isFull) await this.flush()
  }

  gather(record: object): void {
    this.#add(JSON.stringify(record))
  }

  /** Writes the resource last and its id first: in this order an unchanged resource needs no parsing. */
  gatherObserved(scan: string | null, resource: Resource, by?: Attribution): void {
    const { occurredAt = null, actor = null } = by ?? {}
    if (this.#lines.length === 0 || this.#prefix === '') this.#prefix = this.#envelope(scan, null, null)
    const prefix = occurredAt === null && actor === null ? this.#prefix : this.#envelope(scan, occurredAt, actor)
    const { id, ...rest } = resource
    const document = Object.keys(resource)[0] === 'id' ? JSON.stringify(resource) : JSON.stringify({ id, ...rest })
    this.#add(`${prefix}${document}}`)
  }

  gatherGone(id: string, by?: Attribution): void {
    const actor = by?.actor === undefined ? {} : { actor: by.actor }
    const times = { observed_at: now(), occurred_at: by?.occurredAt ?? null }
    this.gather({ kind: 'gone', scope: this.#scope, id, ...times, ...actor })
  }

  /** Sends what is gathered; it is taken at once, and what comes in the meantime is the next parcel's. */
  async flush(): Promise<void> {
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    const bytes = parcelBuffer(Buffer.byteLength(text))
    Buffer.from(bytes.buffer).write(text)
    const records = this.#lines.length
    const parcel = { bytes, records, source: this.#source, lines: null, producer: null, origin: 'collector' } as const
    this.#lines = []
    this.#length = 0
    const leave = await this.#window.enter(bytes.byteLength)
    try {
      const { settled } = await this.#transport.send(this.#partition, parcel, this.#signal)
      this.#open.add(settled)
      settled
        .then(({ deadLetters, changes }) => {
          this.#refused += deadLetters
          this.#changes += changes
        })
        .catch((error: unknown) => {
          this.#failure ??= error instanceof Error ? error : new Error(messageOf(error))
        })
        .finally(() => {
          this.#open.delete(settled)
          leave()
        })
    } catch (error) {
      leave()
      throw error
    }
  }

  /** Resolves when everything is committed; rejects with the first parcel's failure. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open)
    if (this.#failure) throw this.#failure
  }

  #envelope(scan: string | null, occurredAt: string | null, actor: unknown): string {
    const envelope = { kind: 'observed', scope: this.#scope, scan, observed_at: now(), occurred_at: occurredAt, actor }
    return `${JSON.stringify(envelope).slice(0, -1)},"resource":`
  }

  #add(line: string): void {
    if (this.#failure) throw this.#failure
    this.#lines.push(`${line}\n`)
    this.#length += line.length
  }
}

/** The time that a record says. */
export const now = (): string => new Date().toISOString()
