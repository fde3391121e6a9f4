import type { VainoError } from '../../../model/errors.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { JoinedMember } from '../broker/membership.ts'
import { kafkaFailure } from '../failure.ts'
import { pause } from '../pause.ts'
import type { KafkaSettings } from '../settings.ts'
import { assignPartitions } from './assign.ts'
import { encodeClaim, readClaim, stickyProtocol } from './claim.ts'
import { beginLease, type Lease, type LeaseHandlers } from './lease.ts'

export interface GroupOptions {
  readonly group: string
  /** The members share its partitions. */
  readonly topic: string
  /** The group drops a member after this time without a heartbeat; 10 s by default. Brokers allow 6 s to 30 min by default. */
  readonly sessionTimeoutMs?: number
  /** How long a rebalance waits for each member; 15 s by default. */
  readonly rebalanceTimeoutMs?: number
  readonly heartbeatMs?: number
  /** The offset that this node's file of each partition has reached. A partition goes to the node whose file is furthest. Called at each join. */
  readonly files?: () => Readonly<Record<number, number>>
}

export interface GroupHandlers extends LeaseHandlers {
  /** Called after each rebalance with the partitions that this member has. */
  assigned?(owned: readonly number[]): void
  /** The membership broke. A new one begins; `own` runs on meanwhile. */
  disturbed?(error: VainoError): void
}

/** Membership in a consumer group. Disposing ends all `own`, then leaves the group, so that the others take over at once. */
export interface PartitionGroup extends AsyncDisposable {
  readonly owned: readonly number[]
}

const retryMs = 100
const maxRetryMs = 2000
/** A membership that lasted this long was sound: the next one that breaks is replaced after `retryMs` again. */
const isSoundAfterMs = 10_000
const defaultSessionTimeoutMs = 10_000
const defaultRebalanceTimeoutMs = 15_000
const maxHeartbeatMs = 1000

/**
 * Joins a consumer group and runs `own` for each partition that the group assigns to this member.
 *
 * The member only heartbeats; records come through {@link openLogReader}, so a busy `own` never delays a heartbeat. A
 * rebalance interrupts only the partitions that move. An assignment is advice, not a lock: two members may hold the same
 * partition for a moment, and the fence in {@link takePartition} decides.
 */
export function joinGroup(
  port: BrokerPort,
  settings: KafkaSettings,
  options: GroupOptions,
  handlers: GroupHandlers,
): PartitionGroup {
  return new Membership(port, settings, options, handlers)
}

class Membership implements PartitionGroup {
  readonly #port: BrokerPort
  readonly #settings: KafkaSettings
  readonly #options: Required<GroupOptions>
  readonly #handlers: GroupHandlers
  readonly #leases = new Map<number, Lease>()
  /** The last lease of each partition that this node ever had: the next lease waits until it has ended. */
  readonly #former = new Map<number, Promise<void>>()
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #isLeaving = false
  #memberId = ''
  #generation = -1

  constructor(port: BrokerPort, settings: KafkaSettings, options: GroupOptions, handlers: GroupHandlers) {
    this.#port = port
    this.#settings = settings
    const { sessionTimeoutMs = defaultSessionTimeoutMs } = options
    this.#options = {
      sessionTimeoutMs,
      rebalanceTimeoutMs: defaultRebalanceTimeoutMs,
      heartbeatMs: Math.min(maxHeartbeatMs, sessionTimeoutMs / 3),
      files: () => ({}),
      ...options,
    }
    this.#handlers = handlers
    this.#running = this.#run()
  }

  get owned(): readonly number[] {
    return [...this.#leases.keys()].toSorted((a, b) => a - b)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isLeaving = true
    for (const lease of this.#leases.values()) lease.end()
    await Promise.all(this.#former.values())
    this.#closing.abort()
    await this.#running
  }

  /** One membership after the other: each lasts until its first error that the client cannot repair. */
  async #run(): Promise<void> {
    let waitMs = retryMs
    while (!this.#closing.signal.aborted) {
      const startedAt = performance.now()
      await this.#beMember()
      if (performance.now() - startedAt > isSoundAfterMs) waitMs = retryMs
      await pause(waitMs, this.#closing.signal)
      waitMs = Math.min(waitMs * 2, maxRetryMs)
    }
  }

  async #beMember(): Promise<void> {
    const { files, ...options } = this.#options
    const membership = {
      ...options,
      protocol: stickyProtocol,
      claim: () => encodeClaim({ generation: this.#generation, owned: this.owned, files: files() }),
      assign: (members: readonly JoinedMember[], partitions: number) =>
        assignPartitions(members.map(readClaim), partitions),
    }
    const events = {
      joined: (memberId: string, partitions: readonly number[]) => this.#assign(memberId, partitions),
      heartbeat: (generation: number) => {
        this.#generation = generation
      },
    }
    try {
      await this.#port.beMember(this.#settings, membership, events, this.#closing.signal)
    } catch (error) {
      this.#handlers.disturbed?.(kafkaFailure(error, `the membership in ${options.group} broke`))
    }
  }

  #assign(memberId: string, partitions: readonly number[]): void {
    if (this.#isLeaving) return
    // Under a new member id, another member may have owned a partition in between: every lease begins anew.
    const isSameMember = memberId === this.#memberId
    this.#memberId = memberId
    const now = new Set(partitions)
    for (const [partition, lease] of this.#leases) {
      if (isSameMember && now.has(partition)) continue
      lease.end()
      this.#leases.delete(partition)
    }
    for (const partition of partitions) {
      if (this.#leases.has(partition)) continue
      const { sessionTimeoutMs } = this.#options
      const lease = beginLease(partition, this.#former.get(partition), sessionTimeoutMs, this.#handlers)
      this.#leases.set(partition, lease)
      this.#former.set(partition, lease.done)
    }
    this.#handlers.assigned?.(this.owned)
  }
}
