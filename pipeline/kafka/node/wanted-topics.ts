import { type TopicSpec, topicNames } from '../../../connectors/kafka/kafka.ts'
import type { MessageLimits } from '../messages/message-limits.ts'

/**
 * For so long after its delete a resource that comes back goes on counting its versions, whatever became of the changes and of
 * all nodes' files. A month is how long nodes keep changes by default. For ever would cost more than it gives: for as long as
 * tombstones, brokers keep the end of every transaction (84 bytes each, measured with 4.3), and each scan is one, so a scope
 * that is scanned every 30 s leaves 7 MB a month, which whoever reads the topic from its beginning reads past. Nor is there a
 * number for it: brokers add it to the time.
 */
const tombstonesKeptMs = 30 * 24 * 60 * 60 * 1000

/** What a deployment's topics must be like. */
export function wantedTopics(prefix: string, sizes: MessageLimits['topics']): readonly TopicSpec[] {
  const names = topicNames(prefix)
  return [
    { name: names.resources, cleanup: 'delete', maxMessageBytes: sizes.resources },
    { name: names.changes, cleanup: 'delete', maxMessageBytes: sizes.changes },
    { name: names.state, cleanup: 'compact', maxMessageBytes: sizes.state, tombstonesKeptMs },
    { name: names.deadLetters, cleanup: 'delete', maxMessageBytes: sizes.deadLetters },
  ]
}

/** As many copies as there are brokers, at most three, where nothing else is asked for. */
export const wantedReplication = (configured: number | null, brokers: number): number =>
  configured ?? Math.min(3, brokers)
