import type { SharedLog } from '../../partition/partition-engine.ts'
import {
  attributionMessage,
  changeMessage,
  deadLetterMessage,
  forgottenScope,
  type MessageSettings,
  scopeMessage,
  stateMessage,
  tombstone,
  waitingAttribution,
  waitingEnded,
} from '../messages/messages.ts'
import type { Outbox } from './outbox.ts'

/** What {@link topicsListener} needs. */
export interface PublishingParts {
  readonly partition: number
  readonly messages: MessageSettings
  readonly outbox: Outbox
  /** The transaction's time. */
  nowMs(): number
  /** A change was published without some fields, because it is too large for a message. */
  reduced(): void
  /** Called while a transaction runs, so that the worker does not count as hung. */
  working(): void
}

/**
 * Makes the messages of a transaction while it runs. They are kept compressed, a tenth of the size, because a scan may delete more
 * than fits into memory.
 */
export const topicsListener = ({ partition, messages, outbox, ...parts }: PublishingParts): SharedLog => ({
  change(change) {
    const record = changeMessage(change, messages)
    if (record.headers.vaino_omitted !== undefined) parts.reduced()
    outbox.add(record)
  },
  attribution: (attribution) => outbox.add(attributionMessage(attribution, messages)),
  waiting: (attribution) => outbox.add(waitingAttribution(attribution, partition, parts.nowMs())),
  waitingEnded: (number) => outbox.add(waitingEnded(number, partition, parts.nowMs())),
  state(state) {
    parts.working()
    outbox.add(stateMessage(state, partition, parts.nowMs(), messages))
  },
  deletion: (deletion) => outbox.add(tombstone(deletion, partition, parts.nowMs())),
  scope: (scope) => outbox.add(scopeMessage(scope, parts.nowMs(), messages)),
  forgotten: (scope) => {
    for (const record of forgottenScope(scope, partition, parts.nowMs())) outbox.add(record)
  },
  letter: (letter) => outbox.add(deadLetterMessage(letter, parts.nowMs())),
})
