// Long because scans and events are written by the same parcels.
import { createHash } from 'node:crypto'
import type { Attribution } from '../../connectors/source.ts'
import { messageOf } from '../../model/errors.ts'
import { partitionOf } from '../../model/partition.ts'
import type { ScanError } from '../../model/record.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import type { TaskResult } from '../partition/task.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { SendWindow } from './send-window.ts'
import { parcelBuffer, type Transport } from './transport.ts'

/** Where the sources' runner writes scans and events. */
export interface ScanSink {
  /** Begins a scan; resolves when there are permits for it. */
  scan(scope: Scope): Promise<ScanWriter>
  /** Changes of one scope outside of a scan. */
  events(scope: Scope): EventWriter
  /** Whether this node scans the scope; with several nodes, one of them does. Absent: always. */
  wants?(scope: Scope): boolean
}

export interface ScanWriter {
  /** Resolves when there are permits for more. */
  observe(resource: Resource, by?: Attribution): Promise<void>
  /** The source's own word that a resource is deleted. */
  gone(id: string, by?: Attribution): Promise<void>
  /** Ends the scan and resolves when all of it is committed. @returns what kept it from being taken as it was said to be */
  end(outcome: ScanOutcome): Promise<readonly ScanError[]>
}

export interface EventWriter {
  observe(resource: Resource, by?: Attribution): Promise<void>
  gone(id: string, by?: Attribution): Promise<void>
  /** Resolves when all that this writer was given is committed. @returns changes that were recorded for it; 0 too where others record them, as with Kafka */
  settled(): Promise<number>
  /** Says who made changes of some ids; resolves when it is committed. */
  attributed(all: readonly { readonly id: string; readonly by: Attribution }[]): Promise<void>
}

export interface ScanOutcome {
  /** Every resource of the scope was observed; what was not is then deleted. */
  readonly complete: boolean
  /** Nothing was observed, because all is as the last complete scan saw it: nothing is deleted. */
  readonly unchanged?: boolean
  readonly errors?: readonly ScanError[]
  readonly warnings?: readonly ScanError[]
  readonly attributes?: Readonly<Record<string, unknown>>
}

export interface SinkSettings {
  readonly partitions: number
  /** A parcel is sent when it holds this many records or bytes. */
  readonly batchRecords: number
  readonly batchBytes: number
  /** Milliseconds of a monotonic clock; default: the system's. */
  readonly now?: () => number
}

/** Writes what a source reads as input records, in parcels of one scope. */
export function createScanSink(
  transport: Transport,
  settings: SinkSettings,
  telemetry: Telemetry,
  source: string,
  signal: AbortSignal,
  wants?: (scope: Scope) => boolean,
): ScanSink {
  return {
    ...(wants ? { wants } : {}),
    async scan(scope) {
      const writer = new ParcelWriter(transport, settings, scope, source, signal)
      const scan = crypto.randomUUID()
      const startedAt = performance.now()
      let observed = 0
      await writer.write({ kind: 'scan.begin', scope, scan, observed_at: now() })
      return {
        async observe(resource, by) {
          observed++
          await writer.observe(scan, resource, by?.occurredAt ?? null, by?.actor ?? null)
        },
        gone: (id, by) => writer.gone(id, by),
        async end(outcome) {
          await writer.write(endRecord(scope, scan, observed, outcome))
          await writer.flush()
          await writer.settled()
          const refused = refusedRecords(writer.refused)
          const errors = [...(outcome.errors ?? []), ...refused]
          const known = { ...outcome, errors, complete: outcome.complete && refused.length === 0 }
          report(telemetry, scope, observed, known, performance.now() - startedAt)
          return refused
        },
      } satisfies ScanWriter
    },
    events(scope) {
      const writer = new ParcelWriter(transport, settings, scope, source, signal)
      return {
        // An event is sent at once: the next one may be hours away.
        async observe(resource, by) {
          await writer.observe(null, resource, by?.occurredAt ?? null, by?.actor ?? null)
          await writer.flush()
        },
        async gone(id, by) {
          await writer.gone(id, by)
          await writer.flush()
        },
        async settled() {
          await writer.settled()
          return writer.changes
        },
        async attributed(all) {
          for (const { id, by } of all) await writer.write(attributedRecord(scope, id, by))
          await writer.flush()
          await writer.settled()
        },
      }
    },
  }
}

/** What a source's scan has lost on its way, as an error of the scan: it is then no complete view of its scope. */
const refusedRecords = (count: number): ScanError[] =>
  count === 0
    ? []
    : [
        {
          message: `${count === 1 ? 'a record' : `${count} records`} of the scan could not be used, so nothing is deleted for it`,
          hint: 'Each is among the dead letters with its reason: GET /v1/deadletters of a running vaino.',
        },
      ]

const now = (): string => new Date().toISOString()

/** An event that has no id of its own has one by what it says. */
function attributedRecord(scope: Scope, id: string, { occurredAt, actor, event }: Attribution) {
  const said = JSON.stringify([occurredAt, actor])
  const named = event ?? { id: createHash('sha256').update(said).digest('base64url') }
  return { kind: 'attributed', scope, id, occurred_at: occurredAt, actor, event: named }
}

const endRecord = (scope: Scope, scan: string, count: number, outcome: ScanOutcome) => ({
  kind: 'scan.end',
  scope,
  scan,
  complete: outcome.complete,
  count,
  ...(outcome.unchanged ? { unchanged: true } : {}),
  errors: outcome.errors ?? [],
  ...(outcome.warnings?.length ? { warnings: outcome.warnings } : {}),
  ...(outcome.attributes ? { attributes: outcome.attributes } : {}),
  observed_at: now(),
})

function report(telemetry: Telemetry, scope: Scope, resources: number, outcome: ScanOutcome, ms: number): void {
  const said = (error: unknown) =>
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
  for (const warning of outcome.warnings ?? []) telemetry.emit('scan_warning', { scope, warning: said(warning) })
  if (outcome.complete) telemetry.emit('scan_complete', { scope, resources, duration_ms: ms })
  else {
    const error = (outcome.errors ?? []).map(said).join('; ') || 'no reason given'
    telemetry.emit('scan_failed', { scope, error, duration_ms: ms })
  }
}

/**
 * Gathers records of one scope into parcels and sends them. A parcel's size bounds the gathered records; permits and the
 * {@link SendWindow} bound the sent ones.
 */
class ParcelWriter {
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

  async write(record: object): Promise<void> {
    await this.#add(JSON.stringify(record))
  }

  /** Writes the resource last and its id first: in this order an unchanged resource needs no parsing. */
  async observe(scan: string | null, resource: Resource, occurredAt: string | null, actor: unknown): Promise<void> {
    if (this.#lines.length === 0 || this.#prefix === '') this.#prefix = this.#envelope(scan, null, null)
    const prefix = occurredAt === null && actor === null ? this.#prefix : this.#envelope(scan, occurredAt, actor)
    const { id, ...rest } = resource
    const document = Object.keys(resource)[0] === 'id' ? JSON.stringify(resource) : JSON.stringify({ id, ...rest })
    await this.#add(`${prefix}${document}}`)
  }

  async gone(id: string, by?: Attribution): Promise<void> {
    const actor = by?.actor === undefined ? {} : { actor: by.actor }
    const times = { observed_at: now(), occurred_at: by?.occurredAt ?? null }
    await this.write({ kind: 'gone', scope: this.#scope, id, ...times, ...actor })
  }

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

  async #add(line: string): Promise<void> {
    if (this.#failure) throw this.#failure
    this.#lines.push(`${line}\n`)
    this.#length += line.length
    if (this.#lines.length >= this.#settings.batchRecords || this.#length >= this.#settings.batchBytes)
      await this.flush()
  }
}
