import type { Cluster } from './cluster.ts'
import { BrokerError } from './errors.ts'

export const leaderNotAvailable = 5

/** The broker id of a followed partition's leader, from cached metadata. @throws BrokerError 5 if there is none */
export function leaderOf(cluster: Cluster, topic: string, partition: number): number {
  const leader = cluster.partitionsOf(topic).find((one) => one.partition === partition)?.leader ?? -1
  if (leader < 0) throw new BrokerError(leaderNotAvailable, `${topic}/${partition}`)
  return leader
}
