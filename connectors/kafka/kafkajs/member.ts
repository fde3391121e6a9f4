import type { Consumer } from 'kafkajs'
import type { MembershipEvents, MembershipOptions } from '../broker/membership.ts'
import { closeSoon } from '../close-soon.ts'
import type { KafkaSettings } from '../settings.ts'
import { assignerOf } from './assigner.ts'
import { createKafka } from './client.ts'
import { translated } from './errors.ts'

const leaveWithinMs = 5000
const silenceCheckMs = 1000
/** How long kafkajs sleeps between two checks whether the group rebalances. */
const idleMs = 200
/** About 4 s in all: a coordinator that died is not asked for longer, because a new client finds the new one. */
const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 10, restartOnFailure: async () => false }

const consumerOf = (settings: KafkaSettings, options: MembershipOptions): Consumer =>
  createKafka(settings, { retry }).consumer({
    groupId: options.group,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: options.heartbeatMs,
    maxWaitTimeInMs: idleMs,
    allowAutoTopicCreation: false,
    partitionAssigners: [assignerOf(options)],
    retry,
  })

/** Starts the consumer and pauses it before it fetches: then it only heartbeats. Resolves when the consumer runs. */
async function startPaused(consumer: Consumer, topic: string, isOver: () => boolean): Promise<void> {
  await consumer.connect()
  if (!isOver()) await consumer.subscribe({ topic })
  if (isOver()) return
  const running = consumer.run({ autoCommit: false, eachBatch: async () => undefined })
  // In the same turn of the event loop as run(), so that nothing is fetched.
  consumer.pause([{ topic }])
  await running
}

/** A member whose consumer of kafkajs is paused for its whole life. See BrokerPort.beMember. */
export async function beMember(
  settings: KafkaSettings,
  options: MembershipOptions,
  events: MembershipEvents,
  signal: AbortSignal,
): Promise<void> {
  const { topic, sessionTimeoutMs, rebalanceTimeoutMs } = options
  const consumer = consumerOf(settings, options)
  const ended = Promise.withResolvers<void>()
  let isOver = false
  let lastSignMs = performance.now()
  const leave = () => ended.resolve()
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  consumer.on(consumer.events.CRASH, ({ payload }) => ended.reject(payload.error))
  consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
    if (isOver) return
    lastSignMs = performance.now()
    events.heartbeat(payload.groupGenerationId)
  })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (isOver) return
    lastSignMs = performance.now()
    events.joined(payload.memberId, payload.memberAssignment[topic] ?? [])
  })
  const started = startPaused(consumer, topic, () => isOver).catch(ended.reject)
  const silenceMs = Math.max(sessionTimeoutMs, rebalanceTimeoutMs) + sessionTimeoutMs
  const watch = setInterval(() => {
    if (performance.now() - lastSignMs > silenceMs) ended.reject(new Error(`no heartbeat for ${silenceMs} ms`))
  }, silenceCheckMs)
  try {
    await translated(`the group ${options.group}`, () => ended.promise)
  } finally {
    isOver = true
    clearInterval(watch)
    signal.removeEventListener('abort', leave)
    // kafkajs cannot stop a consumer that is still connecting or joining: it would join later, and own partitions that it does not process.
    await closeSoon(
      started.then(() => consumer.disconnect()),
      leaveWithinMs,
    )
  }
}
