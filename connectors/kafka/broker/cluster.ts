import type { BrokerRequest, Throttled } from './request.ts'

/** The leader of a partition. */
export interface PartitionLeader {
  readonly partition: number
  /** The leader's broker id; -1 while the partition has no leader. */
  readonly leader: number
}

/** What one broker answers about its cluster. */
export interface ClusterDescription {
  readonly clusterId: string
  /** The controller's broker id; null while there is none. */
  readonly controller: number | null
  readonly nodes: readonly { readonly id: number; readonly address: string }[]
  readonly topics: readonly DescribedTopic[]
}

export interface DescribedTopic {
  readonly name: string
  readonly partitions: readonly (PartitionLeader & { readonly replicas: number })[]
}

/**
 * The connections to one cluster, with cached metadata: which brokers there are, and who leads which partition.
 *
 * All methods throw BrokerUnreachable, LoginRefused, or BrokerError with the code of the answer. Requests on one connection
 * are answered in their order; any number may be in flight, each answer goes to its own request.
 */
export interface Cluster {
  /** Connects to one of the configured brokers; does nothing while one is connected. */
  connect(): Promise<void>
  /** Closes all connections within 2 s. Pending requests fail. Never rejects. */
  close(): Promise<void>
  /** Asks a connected broker now, past the cache. @param topics all topics if absent or empty */
  describe(topics?: readonly string[]): Promise<ClusterDescription>
  /** Ids of the brokers in the cached metadata. */
  nodeIds(): number[]
  /** Adds topics to the cached metadata; refreshes it if one of them is new. A topic that is refused is not added. */
  follow(topics: readonly string[]): Promise<void>
  /** Refreshes the metadata of all followed topics. One refused topic makes the whole refresh fail. */
  refresh(): Promise<void>
  /** Refreshes metadata older than 30 s. */
  refreshIfOld(): Promise<void>
  /** The partitions of a followed topic in the cached metadata; empty if the topic is unknown. */
  partitionsOf(topic: string): readonly PartitionLeader[]
  /**
   * Sends one request to one broker, over its connection, which is opened if needed. If the broker does not answer before the
   * request's deadline, the connection is closed and every request pending on it fails with BrokerUnreachable.
   * @param node the broker's id
   */
  send<T extends Throttled>(node: number, request: BrokerRequest<T>): Promise<T>
}
