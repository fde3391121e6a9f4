import type { Ledger } from './ledger.ts'
import type { MetricName } from './metric-table.ts'

/** Names of the metrics that are read from the partitions of a Kafka node. */
export const partitionMetricNames = [
  'vaino_partition_owned',
  'vaino_consumer_lag_messages',
  'vaino_replica_lag_changes',
] as const satisfies readonly MetricName[]

/** The gauges of a partition of a Kafka node. */
export interface PartitionHealth {
  readonly isOwned: boolean
  /** Messages of the input that no processor has committed yet; null while that is not known. */
  readonly inputLag: number | null
  /** Changes that this node's copy lacks; null while that is not known. */
  readonly changesBehind: number | null
}

/** @param partitions by number; null where they can't be read: then nothing is claimed of them */
export function collectPartitions(ledger: Ledger, partitions: readonly PartitionHealth[] | null): void {
  const known = (of: (health: PartitionHealth) => number | null) =>
    (partitions ?? []).flatMap((health, partition) => {
      const value = of(health)
      return value === null ? [] : [[{ partition: String(partition) }, value] as const]
    })
  ledger.replace(
    'vaino_partition_owned',
    known(({ isOwned }) => (isOwned ? 1 : 0)),
  )
  ledger.replace(
    'vaino_consumer_lag_messages',
    known(({ inputLag }) => inputLag),
  )
  ledger.replace(
    'vaino_replica_lag_changes',
    known(({ changesBehind }) => changesBehind),
  )
}
