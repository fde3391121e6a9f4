import type { StateReader } from '../../storage/state-reader.ts'
import type { Intake } from '../intake/intake.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

/** Connects the gauges that each engine has: workers, permits, storage, scopes. */
export function feedGauges(
  telemetry: Telemetry,
  { permits, limits }: Intake,
  reader: StateReader,
  readyWorkers: () => number,
): void {
  telemetry.feed('vaino_workers', readyWorkers)
  telemetry.feed('vaino_queue_records', () => permits.status.events)
  telemetry.feed('vaino_queue_bytes', () => permits.status.bytes)
  telemetry.feed('vaino_queue_limit_records', () => limits.events)
  telemetry.feed('vaino_queue_limit_bytes', () => limits.bytes)
  telemetry.feed('vaino_storage_bytes', () => reader.storageBytes())
  telemetry.feedScopes(() => reader.scopesAfter(''))
}
