import type { SharedLog } from '../../partition/partition-engine.ts'
import {
  changeMessage,
  deadLetterMessage,
  forgottenScope,
  type MessageSettings,
  scopeMessage,
  stateMessage,
  tombstone,
} from '../messages/messages.ts'
import type { Outbox } from './outbox.ts'

/** What the messages of a partition's owner are made with. */
export interface Telling {
  readonly partition: number
  readonly messages: MessageSettings
  readonly outbox: Outbox
  /** The transaction's time. */
  nowMs(): number
  /** A change was too large to be told whole. */
  reduced(): void
  /** Work goes on. */
  working(): void
}

/**
 * Makes messages of what a partition's owner does, at once: a scan may delete more than the memory holds, and compressed it
 * is a tenth.
 */
export const topicsListener = ({ partition, messages, outbox, ...telling }: Telling): SharedLog => ({
  change(change) {
    const record = changeMessage(change, messages)
    if (record.headers.vaino_omitted !== undefined) telling.reduced()
    outbox.add(record)
  },
  state(state) {
    telling.working()
    outbox.add(stateMessage(state, partition, telling.nowMs(), messages))
  },
  deletion: (deletion) => outbox.add(tombstone(deletion, partition, telling.nowMs())),
  scope: (scope) => outbox.add(scopeMessage(scope, telling.nowMs(), messages)),
  forgotten: (scope) => {
    for (const record of forgottenScope(scope, partition, telling.nowMs())) outbox.add(record)
  },
  letter: (letter) => outbox.add(deadLetterMessage(letter, telling.nowMs())),
})
