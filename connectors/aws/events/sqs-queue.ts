import { z } from 'zod'
import { CallFailure } from '../../calls/call-failure.ts'
import { regionOfQueue } from '../queue-url.ts'
import { homeRegionOf } from '../session/identity.ts'
import type { Session } from '../session/session.ts'
import type { EventQueue, QueueMessage } from './follow-queue.ts'

/** AWS holds a question that long at most, seconds. */
const longestWaitS = 20
/** Of a call's deadline: what the answer itself may take, seconds. */
const answerWithinS = 5

const received = z.looseObject({
  // Left out where there is none.
  Messages: z
    .array(
      z.looseObject({
        ...{ Body: z.string(), ReceiptHandle: z.string() },
        Attributes: z.looseObject({ SentTimestamp: z.coerce.number().optional() }).optional(),
      }),
    )
    .optional(),
})
const described = z.looseObject({
  Attributes: z.looseObject({ ApproximateNumberOfMessages: z.coerce.number(), RedrivePolicy: z.string().optional() }),
})
const deadLetterTarget = /"deadLetterTargetArn"\s*:\s*"arn:[^:]*:sqs:[^:]*:(\d{12}):([^"]+)"/
const removed = z.looseObject({ Failed: z.array(z.looseObject({ Message: z.string().optional() })).optional() })

/** A queue of SQS, read with a session's credentials. @param callTimeoutMs the deadline of a call */
export function sqsQueue(session: Session, url: string, callTimeoutMs: number): EventQueue {
  const waitS = Math.max(1, Math.min(longestWaitS, Math.floor(callTimeoutMs / 1000) - answerWithinS))
  const call = async (operation: string, input: object, signal: AbortSignal): Promise<unknown> => {
    const region =
      regionOfQueue(url) ?? (await session.ownRegion()) ?? homeRegionOf((await session.identity()).partition)
    return session.call('sqs', region, operation, { QueueUrl: url, ...input }, signal)
  }
  const attributesOf = async (queue: string, signal: AbortSignal) => {
    const answer = described.safeParse(await call('GetQueueAttributes', { ...attributes, QueueUrl: queue }, signal))
    if (!answer.success) throw unusable('sqs:GetQueueAttributes', 'the answer does not say how much waits')
    return answer.data.Attributes
  }
  return {
    async receive(signal): Promise<readonly QueueMessage[]> {
      const answer = received.safeParse(
        await call('ReceiveMessage', { ...tenMessages, WaitTimeSeconds: waitS }, signal),
      )
      if (!answer.success) throw unusable('sqs:ReceiveMessage', 'the answer holds no messages as SQS writes them')
      return (answer.data.Messages ?? []).map(({ Body, ReceiptHandle, Attributes }) => ({
        ...{ body: Body, receipt: ReceiptHandle, sentAtMs: Attributes?.SentTimestamp ?? null },
      }))
    },
    async depth(signal) {
      const own = await orUnknown(attributesOf(url, signal))
      const letters = deadLettersOf(url, own?.RedrivePolicy)
      const theirs = letters === null ? null : await orUnknown(attributesOf(letters, signal))
      return {
        messages: own?.ApproximateNumberOfMessages ?? null,
        deadLetters: theirs?.ApproximateNumberOfMessages ?? null,
      }
    },
    async remove(receipts, signal): Promise<void> {
      const entries = receipts.map((receipt, index) => ({ Id: String(index), ReceiptHandle: receipt }))
      const answer = removed.safeParse(await call('DeleteMessageBatch', { Entries: entries }, signal))
      const [failed] = answer.data?.Failed ?? []
      if (failed !== undefined) throw unusable('sqs:DeleteMessage', failed.Message ?? 'a message could not be removed')
    },
    async hold(receipts, seconds, signal): Promise<void> {
      const entries = receipts.map((receipt, index) => ({
        ...{ Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: seconds },
      }))
      // Who may not hold them is given them again meanwhile, which does no harm. A handle that is refused by itself is of a delivery that is over.
      await orUnknown(call('ChangeMessageVisibilityBatch', { Entries: entries }, signal))
    },
    mostAtOnce: 10,
  }
}

const tenMessages = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['SentTimestamp'] }
const attributes = { AttributeNames: ['ApproximateNumberOfMessages', 'RedrivePolicy'] }

/** A call that is denied or not answered, and without which messages are received all the same. */
async function orUnknown<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof CallFailure) return null
    throw error
  }
}

/** The address of a queue's dead letters, which are in the same region; null: it has none. @param policy its redrive policy, JSON */
function deadLettersOf(url: string, policy: string | undefined): string | null {
  const [, account, name] = deadLetterTarget.exec(policy ?? '') ?? []
  return account === undefined ? null : new URL(`/${account}/${name}`, url).href
}

const unusable = (action: string, what: string): CallFailure => new CallFailure(action, what, 'passing', '', null)
