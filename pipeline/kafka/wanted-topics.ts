import { type TopicSpec, topicNames } from '../../connectors/kafka/kafka.ts'

/** The largest message of each topic, in bytes. */
export interface TopicSizes {
  readonly resources: number
  readonly changes: number
  readonly state: number
  readonly deadLetters: number
}

/** What a message has beside its documents. */
const envelopeBytes = 64 * 1024

/** A change holds the document before and after it, so its topic takes twice what a record may be. */
export const topicSizes = (recordBytes: number): TopicSizes => ({
  resources: recordBytes + envelopeBytes,
  changes: 2 * (recordBytes + envelopeBytes),
  state: recordBytes + envelopeBytes,
  deadLetters: envelopeBytes,
})

/** What a deployment's topics must be like. */
export function wantedTopics(prefix: string, sizes: TopicSizes): readonly TopicSpec[] {
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
