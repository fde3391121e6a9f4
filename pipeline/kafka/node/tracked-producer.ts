import { highWatermark, type KafkaSettings, type TopicProducer } from '../../../connectors/kafka/kafka.ts'
import type { InputProgress } from '../input/input-progress.ts'

/** Sends the records of one request and waits until they are processed. */
export interface TrackedProducer extends Pick<TopicProducer, 'send'> {
  /** Resolves when all that was sent is processed. @see InputProgress.whenProcessed */
  whenProcessed(): Promise<void>
}

/**
 * @param topic the input topic
 * @param withinMs how long {@link TrackedProducer.whenProcessed} waits at most
 * @returns a function that begins a request
 */
export const trackedProducers = (
  settings: KafkaSettings,
  topic: string,
  resources: TopicProducer,
  progress: InputProgress,
  withinMs: number,
): (() => TrackedProducer) => {
  return () => {
    /** By partition: the offset after the last record that was sent. */
    const sentTo = new Map<number, number>()
    const { generation } = progress
    return {
      async send(partition, records, signal) {
        if (records.length === 0) return null
        const processed = progress.nextOf(partition)
        const behind = await resources.send(partition, records, signal)
        // A record can't be processed before it was sent: the topic was created anew.
        if (behind !== null && behind <= processed) progress.recreated(partition, processed)
        const next = behind ?? (await highWatermark(settings, topic, partition, signal))
        sentTo.set(partition, Math.max(next, sentTo.get(partition) ?? 0))
        return next
      },
      whenProcessed: () => progress.whenProcessed(sentTo, withinMs, generation),
    }
  }
}
