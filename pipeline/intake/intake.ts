import type { Scope } from '../../model/scope.ts'
import type { Producer } from '../engine.ts'
import type { EngineOptions } from '../engine-options.ts'
import type { TaskResult } from '../partition/task.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { ingestBody } from './ingest-body.ts'
import { Permits } from './permits.ts'
import { type LargeLine, RequestPermits, type RequestWork, waitProblems } from './request-permits.ts'
import { createScanSink, type ScanSink } from './scan-sink.ts'
import type { Parcel, Transport } from './transport.ts'

/** Permits for records and bytes, and for request bodies, take this part of the memory each. */
const memoryShares = 8

/** Where records come in, from requests and from scans, in both engines: each waits for permits before it is read on. */
export class Intake {
  /** Of records and bytes that were let in and are not committed yet. */
  readonly limits: { readonly events: number; readonly bytes: number }
  readonly permits: Permits
  readonly #options: EngineOptions
  readonly #telemetry: Telemetry
  readonly #requests: RequestPermits

  constructor(options: EngineOptions, telemetry: Telemetry) {
    this.#options = options
    this.#telemetry = telemetry
    const bytes = Math.floor(options.maxMemoryBytes / memoryShares)
    this.limits = { events: options.maxRecordsUnderWay, bytes }
    this.permits = new Permits(this.limits)
    this.#requests = new RequestPermits(bytes)
  }

  /** For a transport: a sender waited for permits. */
  readonly waited = (source: Parcel['origin'], waitMs: number): void =>
    this.#telemetry.emit('source_waited', { source, wait_ms: waitMs })

  /** Does the work of a request when there are permits for its body, which it reads at a measured pace. @see RequestPermits.read */
  during<T>(body: AsyncIterable<Uint8Array>, bytes: number | undefined, work: RequestWork<T>): Promise<T> {
    return this.#requests.read(body, bytes, work)
  }

  /** Reads a request's body and sends its records. @see ingestBody */
  read(
    transport: Transport,
    body: AsyncIterable<Uint8Array>,
    largeLine: LargeLine,
    source: string,
    producer: Producer | null,
  ): Promise<TaskResult[]> {
    const { partitions, recordBytes } = this.#options
    return ingestBody(transport, { partitions, recordBytes, largeLine }, body, source, producer)
  }

  /** @param wants whether this node scans a scope; absent: always */
  sink(transport: Transport, source: string, signal: AbortSignal, wants?: (scope: Scope) => boolean): ScanSink {
    return createScanSink(transport, this.#options, this.#telemetry, source, signal, wants)
  }

  /** What `/readyz` says when requests or records have waited too long. */
  get problems(): readonly string[] {
    const waits = waitProblems('records have waited for a permit', this.permits.status.waitingMs)
    return [...this.#requests.problems, ...waits]
  }
}
