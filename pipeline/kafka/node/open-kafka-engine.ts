// Long because it joins all parts of a node in the order in which they open and close.
import {
  describeCluster,
  ensureTopics,
  highWatermark,
  joinGroup,
  type KafkaSettings,
  offsetAtTime,
  openGroupPositions,
  openLogReader,
  openTopicProducer,
  type TopicProducer,
  takePartition,
  topicNames,
} from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'
import { partitionOf } from '../../../model/partition.ts'
import { createRedactor } from '../../../model/redaction.ts'
import type { Scope } from '../../../model/scope.ts'
import { openDataDir } from '../../../storage/data-dir.ts'
import { openStateReader } from '../../../storage/reader/open-state-reader.ts'
import { feedGauges, type RunningEngine, summary } from '../../embedded/open-embedded-engine.ts'
import type { Engine, Producer } from '../../engine.ts'
import type { EngineOptions } from '../../engine-options.ts'
import { ingestBody } from '../../intake/ingest-body.ts'
import { watchMemory } from '../../intake/memory-watch.ts'
import { Permits } from '../../intake/permits.ts'
import { RequestPermits, waitProblems } from '../../intake/request-room.ts'
import { createScanSink } from '../../intake/scan-sink.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { WorkerPool } from '../../threads/worker-pool.ts'
import { workerSettings } from '../../threads/worker-settings.ts'
import { openDeadLetterLog } from '../dead-letters/dead-letter-log.ts'
import { operatorHeader } from '../input/input-piece.ts'
import { InputProgress } from '../input/input-progress.ts'
import { kafkaTransport } from '../input/kafka-transport.ts'
import { type MessageLimits, messageLimits } from '../messages/message-limits.ts'
import { PartitionController } from '../owner/partition-controller.ts'
import { TransactionPermits } from '../owner/transaction-permits.ts'
import { Memberships } from './memberships.ts'
import { PartitionFailures } from './partition-failures.ts'
import type { KafkaAnswers, KafkaRequest } from './requests.ts'
import { sharedIdentity } from './shared-identity.ts'
import { wantedReplication, wantedTopics } from './wanted-topics.ts'
import { watchBrokers } from './watch-brokers.ts'

export type Role = 'collector' | 'processor' | 'api'

export interface KafkaOptions {
  readonly settings: KafkaSettings
  readonly prefix: string
  /** Of the topics that are made; null: as many as there are brokers, at most three. */
  readonly replication: number | null
  readonly createTopics: boolean
  readonly encoding: 'json' | 'msgpack'
  /** Limit of a message; null: what two of the largest records need. */
  readonly maxMessageBytes: number | null
  readonly roles: readonly Role[]
  /** The deployment's secret for redaction: the same on every node. */
  readonly redactionKey: string
  /** A member that is silent for so long is out, and its partitions move. */
  readonly sessionTimeoutMs: number
  /** What was sent for a request is waited for so long; half a minute where absent. */
  readonly processedWithinMs?: number
}

/**
 * Input that shares a Kafka transaction. With half of it the round trips cost a tenth more; more of it costs memory in each
 * partition and saves nothing that can be measured (`npm run bench -- kafka`).
 */
const transactionBytes = 2 * 1024 * 1024
/** A request is answered after so long at the latest, also where its records are not processed yet. */
const defaultProcessedWithinMs = 30_000
/**
 * A node of many that share Kafka: Kafka has the truth, this node's files are a copy that answers every query, and it owns
 * the partitions that the group gives it.
 * @throws VainoError where the brokers, the topics or the data directory are not what they should be
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the assembly of a node reads in the order of the data
export async function openKafkaEngine(
  asked: EngineOptions,
  kafka: KafkaOptions,
  telemetry: Telemetry,
): Promise<RunningEngine> {
  const { settings, prefix, roles, processedWithinMs = defaultProcessedWithinMs } = kafka
  const limits = messageLimits(asked.recordBytes, kafka.maxMessageBytes)
  const options = { ...asked, recordBytes: limits.recordBytes }
  const { maxBatchBytes } = limits
  const { partitions } = options
  const names = topicNames(prefix)
  const { clusterId, nodes } = await describeCluster(settings)
  await checkTopics(options.partitions, limits, kafka, wantedReplication(kafka.replication, nodes.length), telemetry)
  const shared = sharedIdentity(clusterId, prefix, kafka.redactionKey)

  await using opening = new AsyncDisposableStack()
  const dataDir = opening.use(openDataDir(options.dataDir, partitions, shared))
  const redactor = createRedactor(Buffer.from(shared.saltHex, 'hex'))
  const { maxChangeBytes, maxStateBytes } = limits
  const messages = { prefix, encoding: kafka.encoding, maxChangeBytes, maxStateBytes, maxBatchBytes }
  const workers = opening.use(
    // Their topic has the dead letters, and no file.
    new WorkerPool<KafkaRequest, KafkaAnswers>(
      {
        entry: new URL('./worker.ts', import.meta.url),
        settings: { ...workerSettings(options, dataDir), messages, maxDeadLetters: 0, transactionBytes },
        workers: options.workers,
        partitions,
        hangMs: options.hangMs,
        bounded: new Set(['prepare', 'remember', 'replicate']),
      },
      {
        started: () => undefined,
        committed({ partition, head, holds, report }) {
          for (const hold of holds) telemetry.emit('deletes_held', { ...hold })
          telemetry.addWorker(partition % workers.size, report)
          advance(partition, head)
        },
        failed: (partition, error) => failures.failed('owning', partition, error),
        lost: (worker, reason, error) => telemetry.emit('worker_lost', { worker, reason, error }),
      },
    ),
  )
  workers.start()
  const log = opening.use(openLogReader(settings))
  const processing = {
    idPrefix: `${prefix}.processor`,
    group: `${prefix}.processors`,
    inputTopic: names.resources,
  }
  const listeners = new Set<(partition: number, offset: number) => void>()
  const heads = new Array<number>(partitions).fill(0)
  const advance = (partition: number, head: number): void => {
    if (heads[partition] === head) return
    heads[partition] = head
    progress.moved()
    for (const listener of listeners) listener(partition, head)
  }
  const where = { group: processing.group, topic: names.resources, partitions }
  const positions = openGroupPositions(settings, where)
  const progress = opening.use(
    new InputProgress({
      positions,
      heads,
      failed: (error) => telemetry.emit('progress_unknown', { error }),
      madeAnew: (partition) => telemetry.emit('input_made_anew', { partition }),
    }),
  )
  const failures = new PartitionFailures((partition, error, isNews) => {
    const isFenced = error instanceof VainoError && error.code === 'fenced'
    const event = isNews ? 'partition_failed' : 'partition_still_failing'
    telemetry.emit(isFenced ? 'producer_fenced' : event, { partition, error })
  })
  const memberships = new Memberships((error) => telemetry.emit('membership_broken', { error }))
  const bytesUnderWay = Math.floor(options.maxMemoryBytes / 8)
  const permits = new Permits({ events: options.maxRecordsUnderWay, bytes: bytesUnderWay })
  const room = new TransactionPermits({
    workers: workers.size,
    bytes: bytesUnderWay,
    pieceBytes: transactionBytes,
    pieces: partitions,
  })
  opening.use(watchMemory([permits, room], options.memory))
  const parts = {
    prefix,
    log,
    room,
    dataDir: options.dataDir,
    take: (partition: number) => takePartition(settings, processing, partition),
    workers,
    offsetAtTime: (topic: string, partition: number, timeMs: number, signal: AbortSignal) =>
      offsetAtTime(settings, topic, partition, timeMs, signal),
  }
  const keepers = Array.from(
    { length: partitions },
    (_, partition) =>
      new PartitionController(partition, parts, {
        reading: (p) => failures.works('owning', p),
        processed: (p, next, head) => progress.processed(p, next, head),
        transacted: (p, ms) => telemetry.emit('transaction_committed', { partition: p, duration_ms: ms }),
        followed: advance,
        deadly: (p, { topic, from, until, deaths, pauseMs }) =>
          telemetry.emit('deadly_message', { partition: p, topic, from, until, deaths, pause_ms: pauseMs }),
        rebuilding: (p, reason) => telemetry.emit('partition_rebuilding', { partition: p, reason }),
        foreign: (p, { isFirst, ...found }) =>
          telemetry.emit(isFirst ? 'foreign_messages' : 'more_foreign_messages', { partition: p, ...found }),
        caughtUp: (p) => failures.works('following', p),
        failed: (p, error) => failures.failed('following', p, error),
        positionForgotten: (p, next) => telemetry.emit('position_forgotten', { partition: p, next }),
        died: (p, { from, until }, deaths) => telemetry.emit('died_at_input', { partition: p, from, until, deaths }),
        inputLost(p, from, { earliest, latest }) {
          if (latest >= from) telemetry.emit('input_lost', { partition: p, from, earliest })
          else if (!progress.madeAnew(p, from)) telemetry.emit('input_made_anew', { partition: p })
        },
      }),
  )

  // Every file exists before it is read.
  await Promise.all(keepers.map((_, partition) => workers.ask(partition, { kind: 'follow' })))
  const reader = opening.use(openStateReader(options.dataDir, dataDir.identity, options.staleAfterMs))
  heads.splice(0, partitions, ...reader.head())
  dataDir.settle()
  const resources = opening.use(openTopicProducer(settings, { topic: names.resources, maxBatchBytes }))
  const deadLetters = opening.use(openTopicProducer(settings, { topic: names.deadLetters }))
  const lettersAt = { topic: names.deadLetters, partitions, group: processing.group }
  const letters = opening.use(openDeadLetterLog(settings, lettersAt, redactor.redactText))
  const transportOver = (producer: Pick<TopicProducer, 'send'>) =>
    kafkaTransport(
      producer,
      deadLetters,
      permits,
      redactor.redactText,
      (source, ms) => telemetry.emit('source_waited', { source, wait_ms: ms }),
      options.recordBytes,
      (reason) => telemetry.emit('dead_letters', { count: 1, reason }),
    )
  const transport = transportOver(resources)
  /** Sends for one request and remembers where it went to, so that it can wait until that is processed. */
  const tracked = () => {
    const sentTo = new Map<number, number>()
    const { generation } = progress
    const send: TopicProducer['send'] = async (partition, records, signal) => {
      if (records.length === 0) return null
      const processed = progress.nextOf(partition)
      const behind = await resources.send(partition, records, signal)
      // Nobody has processed it before it was sent: the log is another one.
      if (behind !== null && behind <= processed) progress.madeAnew(partition, processed)
      const next = behind ?? (await highWatermark(settings, names.resources, partition, signal))
      sentTo.set(partition, Math.max(next, sentTo.get(partition) ?? 0))
      return next
    }
    return { send, whenProcessed: () => progress.whenProcessed(sentTo, processedWithinMs, generation) }
  }
  feedGauges(telemetry, reader, permits, () => workers.ready, options)
  telemetry.feedPartitions(() =>
    progress.lags.map(({ input, changes }, partition) => ({
      isOwned: keepers[partition]?.isOwner === true,
      inputLag: input,
      changesBehind: changes,
    })),
  )

  const closing = new AbortController()
  const brokers = opening.use(watchBrokers(settings))
  const follows = roles.includes('api')
  if (follows) for (const keeper of keepers) keeper.follow()
  opening.defer(() => Promise.all(keepers.map((keeper) => keeper.stopFollowing())).then(() => undefined))
  if (roles.includes('processor')) {
    const group = joinGroup(
      settings,
      { group: processing.group, topic: names.resources, sessionTimeoutMs: kafka.sessionTimeoutMs },
      {
        async own(partition, signal) {
          const keeper = keepers[partition]
          if (keeper === undefined) throw new VainoError('internal', `there is no partition ${partition}`)
          try {
            await keeper.own(signal)
          } finally {
            if (follows && !closing.signal.aborted) keeper.follow()
          }
        },
        disturbed: (error) => memberships.broke(processing.group, error),
        assigned(owned) {
          memberships.joined(processing.group)
          failures.owns(owned)
          telemetry.emit('partitions_assigned', { partitions: owned.join(' ') || 'none' })
        },
        failed: (partition, error) => failures.failed('owning', partition, error),
      },
    )
    opening.use(group)
  }
  const collected = new Set<number>()
  if (roles.includes('collector')) {
    const shared = Promise.withResolvers<void>()
    const group = `${prefix}.collectors`
    opening.use(
      joinGroup(
        settings,
        { group, topic: names.resources, sessionTimeoutMs: kafka.sessionTimeoutMs },
        {
          // To collect a partition's scopes is all that owning it means here: nothing is read.
          async own(partition, signal) {
            collected.add(partition)
            await aborted(signal)
            collected.delete(partition)
          },
          assigned() {
            memberships.joined(group)
            shared.resolve()
          },
          disturbed: (error) => memberships.broke(group, error),
          failed: (partition, error) => telemetry.emit('partition_failed', { partition, error }),
        },
      ),
    )
    // Else the first round of every source would find nothing that is its own.
    await within(shared.promise, kafka.sessionTimeoutMs)
  }
  opening.defer(() => closing.abort())
  const all = opening.move()
  const here = () => reader.encode(heads)
  const requests = new RequestPermits(Math.floor(options.maxMemoryBytes / 8))

  return {
    reader,
    isShared: true,
    redactor,
    workers: workers.size,
    async ingest(body: AsyncIterable<Uint8Array>, source: string, producer?: Producer, bytes?: number) {
      if (producer !== undefined) {
        throw new VainoError('bad_request', 'Producer-* headers are not for Kafka', {
          hint: 'Send without them, or produce to the topic with an idempotent producer.',
          details: { producer_headers: false },
        })
      }
      const limits = { partitions, recordBytes: options.recordBytes, largeLines: requests.largeLines }
      progress.checkRoom()
      const { send, whenProcessed } = tracked()
      const sent = await requests.with(bytes, () => ingestBody(transportOver({ send }), limits, body, source, null))
      await whenProcessed()
      // What came of these records alone, nobody knows: they were processed together with others.
      return { ...summary(sent, here()), changes: null, deadLetters: null }
    },
    sink: (source, signal) =>
      createScanSink(transport, { ...options, partitions }, telemetry, source, signal, (scope) =>
        collected.has(partitionOf(scope, partitions)),
      ),
    async release(scope: Scope, apply: boolean) {
      const held = reader.scopes().find((status) => status.scope === scope)?.held
      if (!held) {
        throw new VainoError('not_found', `No deletes are held in ${scope}`, {
          hint: 'GET /v1/scopes shows what is held.',
        })
      }
      const value = JSON.stringify({ kind: 'hold.release', scope, apply })
      const { send, whenProcessed } = tracked()
      await send(partitionOf(scope, partitions), [{ key: scope, value, headers: { [operatorHeader]: '1' } }])
      await whenProcessed()
      return { deletes: held.deletes, cursor: here() }
    },
    scopes: () => reader.scopes(),
    deadLetters: letters.page,
    onCommit(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    health() {
      const waits = waitProblems('records have waited for a permit', permits.status.waitingMs)
      const others = [brokers.problem ?? [], memberships.problems, workers.problems, requests.problems, waits]
      return healthOf(keepers, failures, others.flat())
    },
    permits: () => permits.status,
    damaged: new Promise(() => undefined),
    injectFault: (worker, fault, atText, where = 'input') =>
      workers.injectFault(worker, { fault, at: atText ?? null, where }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** Waits for something, but not for ever. */
async function within(awaited: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([awaited, late])
  clearTimeout(timer)
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

function healthOf(
  keepers: readonly PartitionController[],
  failures: PartitionFailures,
  others: readonly string[],
): ReturnType<Engine['health']> {
  const partitions = keepers.flatMap((keeper, p) => {
    const problem = failures.problem(p, keeper.isBehind)
    if (problem !== undefined) return [`partition ${p}: ${problem}`]
    return keeper.isBehind ? [`partition ${p} is not caught up yet`] : []
  })
  const found = [...others, ...partitions]
  return { ready: found.length === 0, problems: found }
}

async function checkTopics(
  partitions: number,
  { topics }: MessageLimits,
  kafka: KafkaOptions,
  replication: number,
  telemetry: Telemetry,
): Promise<void> {
  const { created, warnings } = await ensureTopics(kafka.settings, {
    partitions,
    replication,
    create: kafka.createTopics,
    topics: wantedTopics(kafka.prefix, topics),
  })
  for (const topic of created) telemetry.emit('topic_created', { topic })
  for (const warning of warnings) telemetry.emit('config_warning', { warning })
}
