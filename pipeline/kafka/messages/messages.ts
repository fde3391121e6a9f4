import type { OutputRecord } from '../owner/outbox.ts'
import { iso } from './message-body.ts'

// The topics' contract (docs/asyncapi.yaml): CloudEvents 1.0 in binary mode around Debezium's body for changes, the resource
// with where it stands for states. Documents are pasted in as the JSON text that they are in the file.
export { attributionMessage } from './attribution-message.ts'
export { changeMessage, readChangeMessage } from './change-message.ts'
export { forgottenScope } from './forgotten-scope.ts'
export type { MessageSettings } from './message-body.ts'
export { readStateMessage, type StateMessage, scopeMessage, stateMessage } from './state-message.ts'
export { tombstone } from './tombstone.ts'
export { waitingAttribution, waitingEnded } from './waiting-attribution.ts'

export function deadLetterMessage(
  letter: { reason: string; detail: string; source: string; preview: string },
  nowMs: number,
): OutputRecord {
  const { reason, detail, source, preview } = letter
  const headers = { vaino_reason: reason, vaino_detail: detail, vaino_source: source, vaino_at: iso(nowMs) }
  return { to: 'deadLetters', key: null, value: preview, headers, timestampMs: nowMs }
}
