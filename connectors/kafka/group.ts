import type { Consumer } from 'kafkajs'
import type { VainoError } from '../../model/errors.ts'
import { kafkaFailure } from './failure.ts'
import { stickyAssigner } from './kafkajs/assigner.ts'
import { closeSoon, createKafka } from './kafkajs/client.ts'
import { beginLease, type Lease, type LeaseHandlers } from './lease.ts'
import { pause } from './pause.ts'
import type { KafkaSettings } from './settings.ts'

export interface GroupOptions {
  readonly group: string
  /** Its partitions are what the members share. */
  readonly topic: string
  /** A member that is silent for so long is out. Brokers allow 6 s to 30 min by default. */
  readonly sessionTimeoutMs?: number
  /** How long the others wait for a member at a rebalance. */
  readonly rebalanceTimeoutMs?: number
  readonly heartbeatMs?: number
  /** How far this node's files of the partitions are: what it need not rebuild goes to it first. Asked for at each rebalance. */
  readonly files?: () => Readonly<Record<number, number>>
}

export interface GroupHandlers extends LeaseHandlers {
  /** Is told what is ours after each rebalance. */
  assigned?(owned: readonly number[]): void
  /** The membership broke and is made anew; what is owned goes on meanwhile. */
  disturbed?(error: VainoError): void
}

/** Membership in a consumer group. Disposing lets go of all partitions, then leaves, so that the others take over at once. */
export interface PartitionGroup extends AsyncDisposable {
  readonly owned: readonly number[]
}

const retryMs = 100
const maxRetryMs = 2000
const isWellAfterMs = 10_000
const watchMs = 1000
const leaveWithinMs = 5000
/** Between two looks whether the broker still wants the group to gather; kafkajs sleeps so long. */
const idleMs = 200
/** Within it: a coordinator that died is not asked for long, a new client finds the new one. */
const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 10, restartOnFailure: async () => false }

/**
 * Joins a consumer group and runs `own` for each partition that it is given.
 *
 * kafkajs does the membership alone: its consumer is paused for ever, so it does nothing but heartbeats, whatever `own`
 * is busy with, and the data come through {@link openLogReader}. A rebalance interrupts only what moves. To own a partition is
 * advice, not a lock: two members may believe in it for a moment, and the fence in {@link takePartition} decides.
 */
export function joinGroup(settings: KafkaSettings, options: GroupOptions, handlers: GroupHandlers): PartitionGroup {
  return new Membership(settings, options, handlers)
}

class Membership implements PartitionGroup {
  readonly #settings: KafkaSettings
  readonly #options: Required<GroupOptions>
  readonly #handlers: GroupHandlers
  readonly #leases = new Map<number, Lease>()
  /** The last lease of each partition that was ever ours: the next one waits until it is wound down. */
  readonly #former = new Map<number, Promise<void>>()
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #isLeaving = false
  #memberId = ''
  #generation = -1
  #lastSignMs = 0

  constructor(settings: KafkaSettings, options: GroupOptions, handlers: GroupHandlers) {
    this.#settings = settings
    const { sessionTimeoutMs = 10_000 } = options
    this.#options = {
      sessionTimeoutMs,
      rebalanceTimeoutMs: 15_000,
      heartbeatMs: Math.min(1000, sessionTimeoutMs / 3),
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

  /** One consumer of kafkajs after the other: each ends with its first error that it can't mend. */
  async #run(): Promise<void> {
    let waitMs = retryMs
    while (!this.#closing.signal.aborted) {
      const startedAt = performance.now()
      await this.#beMember(this.#consumer())
      if (performance.now() - startedAt > isWellAfterMs) waitMs = retryMs
      await pause(waitMs, this.#closing.signal)
      waitMs = Math.min(waitMs * 2, maxRetryMs)
    }
  }

  #consumer(): Consumer {
    const { group, topic, sessionTimeoutMs, rebalanceTimeoutMs, heartbeatMs, files } = this.#options
    const claim = () => ({ generation: this.#generation, owned: this.owned, files: files() })
    return createKafka(this.#settings, { retry }).consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: idleMs,
      allowAutoTopicCreation: false,
      partitionAssigners: [stickyAssigner(topic, claim)],
      retry,
    })
  }

  /** Resolves when the consumer is no member any more: the group is to be left, or something has ended it. */
  async #beMember(consumer: Consumer): Promise<void> {
    const { topic, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const ended = Promise.withResolvers<void>()
    let isOver = false
    const leave = () => ended.resolve()
    this.#closing.signal.addEventListener('abort', leave, { once: true })
    consumer.on(consumer.events.CRASH, ({ payload }) => ended.reject(payload.error))
    consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
      if (isOver) return
      this.#lastSignMs = performance.now()
      this.#generation = payload.groupGenerationId
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (isOver) return
      this.#lastSignMs = performance.now()
      this.#assign(payload.memberId, payload.memberAssignment[topic] ?? [])
    })
    const start = async () => {
      await consumer.connect()
      if (!isOver) await consumer.subscribe({ topic })
      if (isOver) return
      const running = consumer.run({ autoCommit: false, eachBatch: async () => undefined })
      // In the same breath, so that nothing is ever fetched.
      consumer.pause([{ topic }])
      await running
    }
    const started = start().catch(ended.reject)
    this.#lastSignMs = performance.now()
    const silenceMs = Math.max(sessionTimeoutMs, rebalanceTimeoutMs) + sessionTimeoutMs
    const watch = setInterval(() => {
      if (performance.now() - this.#lastSignMs > silenceMs) ended.reject(new Error(`no heartbeat for ${silenceMs} ms`))
    }, watchMs)
    try {
      await ended.promise
    } catch (error) {
      this.#handlers.disturbed?.(kafkaFailure(error, `the membership in ${this.#options.group} broke`))
    } finally {
      isOver = true
      clearInterval(watch)
      this.#closing.signal.removeEventListener('abort', leave)
      // kafkajs can't stop one that is still connecting or joining: it would be a member later, and its share nobody's.
      await closeSoon(
        started.then(() => consumer.disconnect()),
        leaveWithinMs,
      )
    }
  }

  #assign(memberId: string, partitions: readonly number[]): void {
    if (this.#isLeaving) return
    // As another member we may have missed that a partition was somebody else's for a while: all begin anew.
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
