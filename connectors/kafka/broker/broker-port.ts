import type { KafkaSettings } from '../settings.ts'
import type { Cluster } from './cluster.ts'
import type { MembershipEvents, MembershipOptions } from './membership.ts'

export interface ClusterOptions {
  /** Limit for opening one connection; 5 s by default. */
  readonly connectionTimeoutMs?: number
  /** False: an operation fails with its first error. By default the client retries for about 1 s. */
  readonly retries?: boolean
}

/** What this connector needs of a Kafka client: connections, login, metadata, group membership. `kafkajs/` implements it. */
export interface BrokerPort {
  /** Connects when first asked. */
  openCluster(settings: KafkaSettings, options?: ClusterOptions): Cluster
  /**
   * Joins a group over connections of its own and stays a member until the signal is aborted.
   * Resolves after leaving. Rejects with what ended the membership: a crash, or no heartbeat within the session timeout plus
   * the longer of both timeouts. In both cases the group has been left, or will drop the member after its session timeout.
   * @throws BrokerUnreachable, LoginRefused, BrokerError
   */
  beMember(
    settings: KafkaSettings,
    options: MembershipOptions,
    events: MembershipEvents,
    signal: AbortSignal,
  ): Promise<void>
}
