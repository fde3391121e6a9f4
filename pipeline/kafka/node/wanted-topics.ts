import { type TopicSpec, topicNames } from '../../../connectors/kafka/kafka.ts'
import type { MessageLimits } from '../messages/message-limits.ts'

/**
 * How long tombstones are kept: a resource that comes back within this time goes on counting its versions, even if the changes and
 * all nodes' files are lost. A month is the default retention of changes. A longer time costs more: brokers keep the end marker of
 * every transaction as long as tombstones (84 bytes each, measured with 4.3), and each scan is a transaction. A scope that is
 * scanned every 30 s leaves 7 MB of markers a month, and every read from the beginning passes over them.
 */
const tombstonesKeptMs = 30 * 24 * 60 * 60 * 1000

/** What a deployment's topics must be like. */
export function wantedTopics(prefix: string, sizes: MessageLimits['topics']): readonly TopicSpec[] {
  const names = topicNames(prefix)
  return [
    { name: names.resources, cleanup: 'delete', maxMessageBytes: sizes.resources },
    { name: names.changes, cleanup: 'delete', maxMessageBytes: sizes.changes },
    { name: names.state, cleanup: 'compact', maxMessageBytes: sizes.state, tombstonesKeptMs },
    { name: names.drift, cleanup: 'compact', maxMessageBytes: sizes.drift },
    { name: names.deadLetters, cleanup: 'delete', maxMessageBytes: sizes.deadLetters },
  ]
}

/** As many copies as there are brokers, at most three, where nothing else is asked for. */
export const wantedReplication = (configured: number | null, brokers: number): number =>
  configured ?? Math.min(3, brokers)
