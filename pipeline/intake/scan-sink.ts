import type { Attribution } from '../../connectors/source.ts'
import type { ScanError } from '../../model/record.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { EventParcels, type EventWriter } from './event-parcels.ts'
import type { NewestChange } from './newest-changes.ts'
import { now, ParcelWriter, type SinkSettings } from './parcel-writer.ts'
import type { Transport } from './transport.ts'

/** Where the sources' runner writes scans and events. */
export interface ScanSink {
  /** Begins a scan; resolves when there are permits for it. */
  scan(scope: Scope): Promise<ScanWriter>
  /** Changes of one scope outside of a scan. */
  events(scope: Scope): EventWriter
  /** Whether this node scans the scope; with several nodes, one of them does. Absent: always. */
  wants?(scope: Scope): boolean
  /** The newest change of a resource. Absent: {@link EventWriter.settled} says itself what was recorded. */
  newest?(scope: Scope, id: string): NewestChange
}

export interface ScanWriter {
  /** Resolves when there are permits for more. */
  observe(resource: Resource, by?: Attribution): Promise<void>
  /** The source's own word that a resource is deleted. */
  gone(id: string, by?: Attribution): Promise<void>
  /** Ends the scan and resolves when all of it is committed. @returns what kept it from being taken as it was said to be */
  end(outcome: ScanOutcome): Promise<readonly ScanError[]>
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
          await writer.observe(scan, resource, by)
        },
        async gone(id, by) {
          writer.gatherGone(id, by)
          if (writer.isFull) await writer.flush()
        },
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
    events: (scope) => new EventParcels(new ParcelWriter(transport, settings, scope, source, signal), scope),
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
