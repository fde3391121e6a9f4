import { z } from 'zod'
import type { JsonObject } from '../../../model/json.ts'
import type { FeedMessage, FeedQueue } from '../../calls/feed-queue.ts'
import { broken } from '../calls/get-json.ts'
import type { Session } from '../session/session.ts'

/** Of one call: a request is at most 512 KiB, an id some 200 bytes. */
const maxAckIds = 1000
/** Messages of one answer. */
const maxMessages = 100
/** Pub/Sub holds a question for about as long; a longer silence is no failure, milliseconds. */
const holdMs = 25_000

const pulled = z.looseObject({
  // Left out where there is none.
  receivedMessages: z
    .array(
      z.looseObject({
        ackId: z.string(),
        message: z.looseObject({ data: z.string().optional(), publishTime: z.string().optional() }).optional(),
      }),
    )
    .optional(),
})

/** A subscription of Pub/Sub, read with a session's credentials. @param subscription `projects/P/subscriptions/S` */
export function pubsubQueue(session: Session, subscription: string): FeedQueue {
  const project = subscription.split('/')[1] ?? ''
  const path = `v1/${subscription.split('/').map(encodeURIComponent).join('/')}`
  const permission = 'pubsub.subscriptions.consume'
  const call = (verb: string, body: JsonObject, signal: AbortSignal): Promise<JsonObject> =>
    session.call(project, { api: 'pubsub', path: `${path}:${verb}`, permission, body }, signal)
  return {
    async receive(signal): Promise<readonly FeedMessage[]> {
      const held = AbortSignal.timeout(holdMs)
      let answer: JsonObject
      try {
        answer = await call('pull', { maxMessages }, AbortSignal.any([signal, held]))
      } catch (error) {
        signal.throwIfAborted()
        if (held.aborted) return []
        throw error
      }
      const read = pulled.safeParse(answer)
      if (!read.success) throw broken(permission, 'the answer holds no messages as Pub/Sub writes them')
      return (read.data.receivedMessages ?? []).map(({ ackId, message }) => ({
        ...{ receipt: ackId, body: Buffer.from(message?.data ?? '', 'base64').toString() },
        sentAtMs: message?.publishTime === undefined ? null : Date.parse(message.publishTime),
      }))
    },
    async remove(receipts, signal): Promise<void> {
      await call('acknowledge', { ackIds: [...receipts] }, signal)
    },
    async hold(receipts, seconds, signal): Promise<void> {
      await call('modifyAckDeadline', { ackIds: [...receipts], ackDeadlineSeconds: seconds }, signal)
    },
    mostAtOnce: maxAckIds,
    // Only Cloud Monitoring knows it, minutes late.
    depth: async () => ({ messages: null, deadLetters: null }),
  }
}
