import {
  offsetAtTime,
  openGroupPositions,
  openLogReader,
  requireNativeCodecs,
  takePartition,
  topicNames,
} from '../../../connectors/kafka/kafka.ts'
import { partitionOf } from '../../../model/partition.ts'
import { createRedactor } from '../../../model/redaction.ts'
import { openDataDir } from '../../../storage/data-dir.ts'
import { openStateReader } from '../../../storage/reader/open-state-reader.ts'
import { SettledTimes } from '../../../storage/settled-times.ts'
import { assembleEngine } from '../../assembly/assemble-engine.ts'
import { PartitionHeads } from '../../assembly/partition-heads.ts'
import { Baselines } from '../../baselines/baselines.ts'
import type { EngineOptions } from '../../engine-options.ts'
import { Intake } from '../../intake/intake.ts'
import { watchMemory } from '../../intake/memory-watch.ts'
import { settling } from '../../partition/settling.ts'
import { SteadyClock } from '../../partition/steady-clock.ts'
import type { RunningEngine } from '../../running-engine.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { ownAlerts } from '../alerts/own-alerts.ts'
import { openDeadLetterLog } from '../dead-letters/dead-letter-log.ts'
import { publishDrift } from '../drift/publish-drift.ts'
import { InputProgress } from '../input/input-progress.ts'
import { messageLimits } from '../messages/message-limits.ts'
import { PartitionController } from '../owner/partition-controller.ts'
import { TransactionPermits } from '../owner/transaction-permits.ts'
import { controllerEvents } from './controller-events.ts'
import { joinCollectors, joinProcessors } from './join-groups.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { kafkaForget, kafkaIngest, kafkaRelease } from './kafka-requests.ts'
import { Memberships } from './memberships.ts'
import { openInput } from './open-input.ts'
import { reportedFailures } from './partition-failures.ts'
import { feedPartitionGauges, streamsOf } from './partition-gauges.ts'
import { prepareTopics } from './prepare-topics.ts'
import { sharedIdentity } from './shared-identity.ts'
import { startWorkers, transactionBytes } from './start-workers.ts'
import { trackedProducers } from './tracked-producer.ts'
import { watchBrokers } from './watch-brokers.ts'

const defaultProcessedWithinMs = 30_000
/**
 * How long before a look at an end of the changes without an open transaction a partition of another node is settled. A transaction whose
 * first batch is under way isn't seen by that look; it has been stamped, prepared and sent within this time, and the clocks of nodes
 * differ by less than what is left of it.
 */
const inFlightMs = 60_000

/**
 * A node of many that share Kafka: Kafka has the truth, this node's files are a copy that answers every query, and it owns
 * the partitions that the group assigns to it.
 * @throws VainoError where the brokers, the topics or the data directory are not as they must be
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the assembly of a node reads in the order of the data
export async function openKafkaEngine(
  asked: EngineOptions,
  kafka: KafkaOptions,
  telemetry: Telemetry,
): Promise<RunningEngine> {
  requireNativeCodecs()
  const { settings, prefix, roles, processedWithinMs = defaultProcessedWithinMs } = kafka
  const limits = messageLimits(asked.recordBytes, kafka.maxMessageBytes)
  const options = { ...asked, recordBytes: limits.recordBytes }
  const { partitions } = options
  const { resources: topic, deadLetters: deadLetterTopic } = topicNames(prefix)
  const group = `${prefix}.processors`
  const shared = sharedIdentity(await prepareTopics(partitions, limits, kafka, telemetry), prefix, kafka.redactionKey)

  await using opening = new AsyncDisposableStack()
  const dataDir = opening.use(openDataDir(options.dataDir, partitions, shared))
  const redactor = createRedactor(Buffer.from(shared.saltHex, 'hex'))

  // Partitions: their workers, how far they are, and the permits of their transactions.
  const heads = new PartitionHeads(partitions)
  const settledTimes = SettledTimes.create(partitions)
  const clock = new SteadyClock()
  const baselines = new Baselines(options.dataDir, dataDir.identity)
  const failures = reportedFailures(telemetry)
  const workers = opening.use(
    startWorkers(options, kafka, limits, { dataDir, heads, settledTimes, pins: baselines.pins }, failures, telemetry),
  )
  const log = opening.use(openLogReader(settings))
  const progress = opening.use(
    new InputProgress({
      positions: openGroupPositions(settings, { group, topic, partitions }),
      heads: heads.offsets,
      failed: (error) => telemetry.emit('progress_unknown', { error }),
      recreated: (partition) => telemetry.emit('input_recreated', { partition }),
    }),
  )
  heads.onAdvance(() => progress.moved())
  const intake = new Intake(options, telemetry)
  const transactionPermits = new TransactionPermits({
    workers: workers.size,
    bytes: intake.limits.bytes,
    pieceBytes: transactionBytes,
    pieces: partitions,
  })
  opening.use(watchMemory([intake.permits, transactionPermits], options.memory))
  const parts = {
    prefix,
    log,
    transactionPermits,
    workers,
    dataDir: options.dataDir,
    take: (partition: number) =>
      takePartition(settings, { idPrefix: `${prefix}.processor`, group, inputTopic: topic }, partition),
    offsetAtTime: (of: string, partition: number, timeMs: number, signal: AbortSignal) =>
      offsetAtTime(settings, of, partition, timeMs, signal),
    atEnd: (partition: number, agoMs: number) =>
      settledTimes.advanced(partition, Math.floor(clock.nowMs() - agoMs - inFlightMs)),
  }
  const events = controllerEvents(telemetry, heads, progress, failures)
  const controllers = heads.offsets.map((_, partition) => new PartitionController(partition, parts, events))

  // Every file exists before it is read.
  await Promise.all(controllers.map((_, partition) => workers.ask(partition, { kind: 'follow' })))
  const reader = opening.use(
    openStateReader(options.dataDir, dataDir.identity, options.staleAfterMs, { settle: settling(settledTimes, clock) }),
  )
  heads.load(reader.head())
  dataDir.settle()
  feedPartitionGauges(telemetry, progress, controllers)

  // Intake: what sources and requests send goes to the input topic.
  const input = opening.use(openInput(kafka, options, limits, intake, redactor.redactText, telemetry))
  const lettersAt = { topic: deadLetterTopic, partitions, group }
  const letters = opening.use(openDeadLetterLog(settings, lettersAt, redactor.redactText))
  const tracked = trackedProducers(settings, topic, input.resources, progress, processedWithinMs)

  // The groups that share partitions and scopes between the nodes.
  const closing = new AbortController()
  const brokers = opening.use(watchBrokers(settings))
  const follow = (controller: PartitionController): void => {
    if (roles.includes('api') && !closing.signal.aborted) controller.follow()
  }
  controllers.forEach(follow)
  opening.defer(async () => void (await Promise.all(controllers.map((controller) => controller.stopFollowing()))))
  const memberships = new Memberships((error) => telemetry.emit('membership_broken', { error }))
  const groupParts = { kafka, topic, memberships, telemetry }
  if (roles.includes('processor')) opening.use(joinProcessors(groupParts, group, controllers, failures, follow))
  const collectors = roles.includes('collector') ? opening.use(joinCollectors(groupParts)) : null
  // Before that the first round of every source would find no scope that is this node's.
  await collectors?.joined
  opening.defer(() => closing.abort())

  const all = opening.move()
  return assembleEngine(
    {
      intake,
      transport: input.transportOver(input.resources),
      wants: (scope) => collectors?.collected.has(partitionOf(scope, partitions)) === true,
      ingest: kafkaIngest(intake, progress, tracked, input.transportOver),
      release: kafkaRelease(reader, tracked, partitions),
      forget: kafkaForget(tracked, partitions),
      workers,
      heads,
      reader,
      baselines,
      isShared: true,
      redactor,
      deadLetters: letters.page,
      publishDrift: (view, rules) =>
        publishDrift({ ...groupParts, log, reader, maxBytes: limits.maxStateBytes }, view, rules),
      ownAlerts: (own) => ownAlerts({ ...groupParts, log, maxBytes: limits.topics.drift }, own),
      streams: () => streamsOf(progress, heads.offsets),
      problems: () => [
        ...(brokers.problem === null ? [] : [brokers.problem]),
        ...memberships.problems,
        ...workers.problems,
        ...failures.problems(controllers),
      ],
      damaged: new Promise(() => undefined),
      close: () => all.disposeAsync(),
    },
    telemetry,
  )
}
