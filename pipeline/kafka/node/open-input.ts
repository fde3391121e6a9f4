import { openTopicProducer, type TopicProducer, topicNames } from '../../../connectors/kafka/kafka.ts'
import type { EngineOptions } from '../../engine-options.ts'
import type { Intake } from '../../intake/intake.ts'
import type { Transport } from '../../intake/transport.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { kafkaTransport } from '../input/kafka-transport.ts'
import type { MessageLimits } from '../messages/message-limits.ts'
import type { KafkaOptions } from './kafka-options.ts'

/** How a node's records reach the brokers. */
export interface NodeInput extends AsyncDisposable {
  readonly resources: TopicProducer
  /** The transport over the input topic's producer, or over one that wraps it. */
  transportOver(producer: Pick<TopicProducer, 'send'>): Transport
}

/** Opens the producers of the input topic and of the dead letters. */
export function openInput(
  { settings, prefix }: KafkaOptions,
  { recordBytes }: EngineOptions,
  { maxBatchBytes }: MessageLimits,
  intake: Intake,
  redactText: (text: string) => string,
  telemetry: Telemetry,
): NodeInput {
  const names = topicNames(prefix)
  const producers = new AsyncDisposableStack()
  const resources = producers.use(openTopicProducer(settings, { topic: names.resources, maxBatchBytes }))
  const deadLetters = producers.use(openTopicProducer(settings, { topic: names.deadLetters }))
  return {
    resources,
    transportOver: (producer) =>
      kafkaTransport(producer, deadLetters, intake.permits, redactText, intake.waited, recordBytes, (reason) =>
        telemetry.emit('dead_letters', { count: 1, reason }),
      ),
    [Symbol.asyncDispose]: () => producers.disposeAsync(),
  }
}
