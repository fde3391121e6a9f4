/** A member's claim: what it writes into its request to join, for the member that assigns the partitions. */
export interface JoinedMember {
  readonly memberId: string
  /** Absent if the member sent none. Written by any version of any program. */
  readonly claim: Uint8Array | undefined
}

/** A membership in a consumer group that heartbeats and never fetches. */
export interface MembershipOptions {
  readonly group: string
  readonly topic: string
  /** The group drops a member after this time without a heartbeat. */
  readonly sessionTimeoutMs: number
  /** How long a rebalance waits for each member to join again. */
  readonly rebalanceTimeoutMs: number
  readonly heartbeatMs: number
  /** The assignment protocol. All members of a group must offer the same. */
  readonly protocol: { readonly name: string; readonly version: number }
  /** Called at each join. */
  claim(): Uint8Array
  /** Called on the member that the group elected leader. @returns the partitions of each member id */
  assign(members: readonly JoinedMember[], partitions: number): ReadonlyMap<string, readonly number[]>
}

export interface MembershipEvents {
  /** A rebalance ended. */
  joined(memberId: string, partitions: readonly number[]): void
  /** The coordinator accepted a heartbeat in this generation of the group. */
  heartbeat(generation: number): void
}
