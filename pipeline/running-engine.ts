import type { ComparisonTable } from '../model/comparison-tables.ts'
import type { VainoError } from '../model/errors.ts'
import type { Redactor } from '../model/redaction.ts'
import type { Rules } from '../model/rules.ts'
import type { StreamPosition } from './alerts/lag-watch.ts'
import type { OwnedAlerts } from './alerts/owned-state.ts'
import type { DriftView } from './drift/drift-view.ts'
import type { Engine } from './engine.ts'
import type { PermitStatus } from './intake/permits.ts'
import type { ScanSink } from './intake/scan-sink.ts'
import type { Fault, WorkerFault } from './threads/protocol.ts'

/** An engine with what only its own process uses: the sink for sources, the state of its permits, faults for tests of recovery. */
export interface RunningEngine extends Engine {
  readonly redactor: Redactor
  /** Worker threads. */
  readonly workers: number
  /** Where a source writes its scans and events. @param signal ends the waiting for permits */
  sink(source: string, signal: AbortSignal): ScanSink
  permits(): PermitStatus
  /** Settles with the error when the data directory can't be used any more. */
  readonly damaged: Promise<VainoError>
  /** Publishes what a view says of drift for others, until it is disposed; null where there is nobody to publish for. */
  readonly publishDrift: ((view: DriftView, rules: () => Rules) => AsyncDisposable) | null
  /**
   * Lets one of many nodes tell of alerts at a time: calls back with what the former one has left while this node is the one, and again after a
   * failure; until it is disposed. Null where there is only this node.
   */
  readonly ownAlerts: ((own: (alerts: OwnedAlerts, signal: AbortSignal) => Promise<void>) => AsyncDisposable) | null
  /** How far what reads this node's streams is: with Kafka the processors and this node's copy. */
  streams(): readonly StreamPosition[]
  /** Compares by these tables of the configuration beside the shipped ones, from the next record on. */
  compareBy(tables: readonly ComparisonTable[]): void
  /**
   * Makes a worker fail, for tests of recovery.
   * @param atText fail at each record that holds this text, in this worker and its replacements; absent: at once
   * @param where at input records, or at messages that other nodes have published
   */
  injectFault(worker: number, fault: Fault, atText?: string, where?: WorkerFault['where']): void
}
