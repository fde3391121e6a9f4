import { type TopicSpec, topicNames } from '../../connectors/kafka/kafka.ts'
import type { MessageLimits } from './message-limits.ts'

/** What a deployment's topics must be like. */
export function wantedTopics(prefix: string, sizes: MessageLimits['topics']): readonly TopicSpec[] {
  const names = topicNames(prefix)
  return [
    { name: names.resources, cleanup: 'delete', maxMessageBytes: sizes.resources },
    { name: names.changes, cleanup: 'delete', maxMessageBytes: sizes.changes },
    { name: names.state, cleanup: 'compact', maxMessageBytes: sizes.state },
    { name: names.deadLetters, cleanup: 'delete', maxMessageBytes: sizes.deadLetters },
  ]
}

/** As many copies as there are brokers, at most three, where nothing else is asked for. */
export const wantedReplication = (configured: number | null, brokers: number): number =>
  configured ?? Math.min(3, brokers)
