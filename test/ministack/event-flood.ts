import { z } from 'zod'
import { openFollower, type SeenChange } from '../../api/test-follower.ts'
import { until } from '../../api/test-server.ts'
import { ops } from '../../model/change.ts'
import { FaultProxy } from '../estate/fault-proxy.ts'
import { callAws } from '../estate/moto.ts'
import { usageOf } from '../process-usage.ts'
import { ServerProcess } from '../server-process.ts'
import { region } from './calls.ts'
import { floodEdits, floodMaking, floodOf, sending } from './flood-events.ts'
import { startMinistack } from './ministack.ts'

export interface FloodReport {
  /** What was recorded after the events were sent: `u q0 by alice`, in order of name. */
  readonly changes: readonly string[]
  /** What should have been. */
  readonly edits: readonly string[]
  readonly messages: number
  /** Different events of what is watched. */
  readonly events: number
  /** Messages that are still in the queue. */
  readonly left: number
  /** Messages of edits that were removed before their change was recorded. */
  readonly early: readonly string[]
  /** Calls that read what is watched, and those to the queue. */
  readonly reads: number
  readonly readsByOperation: Readonly<Record<string, number>>
  readonly queueCalls: number
  /** Calls that change anything but the queue. */
  readonly writes: readonly string[]
  /** From the first message received to the queue's being empty, milliseconds. */
  readonly tookMs: number
  readonly cpuSeconds: number
  readonly residentBefore: number
  readonly residentMost: number
}

const received = z.object({
  Messages: z.array(z.object({ Body: z.string(), ReceiptHandle: z.string() })).default([]),
})
const removed = z.object({ Entries: z.array(z.object({ ReceiptHandle: z.string() })) })
const attributes = z.object({
  Attributes: z.object({
    ApproximateNumberOfMessages: z.coerce.number(),
    ApproximateNumberOfMessagesNotVisible: z.coerce.number(),
  }),
})
const queueOperations = /^(?:ReceiveMessage|DeleteMessageBatch|ChangeMessageVisibilityBatch)$/

/** When the message of each event was removed from the queue first, as the proxy sees it. */
function watchRemovals(proxy: FaultProxy): ReadonlyMap<string, number> {
  const events = new Map<string, string>()
  const removedAt = new Map<string, number>()
  proxy.onAnswer = ({ operation }, asked, answered) => {
    if (operation === 'ReceiveMessage')
      for (const { Body, ReceiptHandle } of received.parse(JSON.parse(answered)).Messages) {
        const id = /"eventID":"([^"]+)"/.exec(Body)?.[1]
        if (id !== undefined) events.set(ReceiptHandle, id)
      }
    if (operation === 'DeleteMessageBatch')
      for (const { ReceiptHandle } of removed.parse(JSON.parse(asked)).Entries) {
        const id = events.get(ReceiptHandle)
        if (id !== undefined && !removedAt.has(id)) removedAt.set(id, Date.now())
      }
  }
  return removedAt
}

/** Messages of the queue that wait or are worked on. */
async function leftIn(endpoint: string, queue: string): Promise<number> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.GetQueueAttributes',
      authorization: `AWS4-HMAC-SHA256 Credential=test/20261101/${region}/sqs/aws4_request`,
    },
    body: JSON.stringify({ QueueUrl: queue, AttributeNames: ['All'] }),
  })
  const { Attributes } = attributes.parse(await answer.json())
  return Attributes.ApproximateNumberOfMessages + Attributes.ApproximateNumberOfMessagesNotVisible
}

/** What was recorded after a cursor, with its makers. */
async function recordedSince(url: string, cursor: string): Promise<readonly SeenChange[]> {
  const page = await fetch(`${url}/v1/changes?offset=${encodeURIComponent(cursor)}&limit=1000`)
  const { changes } = (await page.json()) as { changes: readonly SeenChange[] }
  return changes.filter(({ op }) => ops.includes(op))
}

/** A vaino that has seen everything once, and what it says from then on. */
async function watching(proxy: FaultProxy, queue: string) {
  const types = { include: ['aws_sqs_queue', 'aws_security_group', 'aws_dynamodb_table'] }
  const source = { kind: 'aws', where: '', interval: '1h', regions: [region], types, events: { queue } }
  const server = new ServerProcess({ sources: [source] }, [], { ...process.env, AWS_ENDPOINT_URL: proxy.url })
  await server.start()
  await using stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  // The queue of the events is one, too, and each account has a group of itself.
  await until('everything was seen once', () => stream.changes.length >= floodMaking.length + 1, 120_000)
  return { server, cursor: stream.lastId }
}

/**
 * Puts events into a queue all at once, while a vaino that follows it stands still, and lets it go on.
 * @param kills how often it is killed in the midst of them and started again; what it had not removed the queue gives it again a minute later
 */
export async function eventFlood(count: number, seed: number, kills = 0): Promise<FloodReport> {
  await using ministack = await startMinistack()
  await using proxy = await FaultProxy.start(ministack.url)
  const made = await callAws(proxy.url, floodMaking)
  const queue = made.events ?? ''
  const { server, cursor } = await watching(proxy, queue)
  await using _server = server
  const residentBefore = server.residentBytes
  await server.hang()
  const known = await callAws(
    proxy.url,
    floodEdits.map(({ call }) => call),
    { known: made },
  )
  const messages = floodOf(count, seed)
  await callAws(proxy.url, sending(messages), { known })
  proxy.set(null)
  const removedAt = watchRemovals(proxy)
  const startedAt = performance.now()
  server.goOn()
  for (let kill = 1; kill <= kills; kill++) {
    await until('some were removed', () => removedAt.size > (count / 20) * kill, 120_000)
    await server.kill()
    await server.start()
  }
  await until('every message is removed', async () => (await leftIn(ministack.url, queue)) === 0, 600_000)
  const tookMs = performance.now() - startedAt
  const { peakBytes: residentMost, cpuUs } = usageOf(server.pid)
  const recorded = await recordedSince(server.url, cursor)
  const byName = new Map(recorded.map((change) => [said(change), Date.parse(change.recorded_at)]))
  const early = floodEdits.filter(({ change }, at) => (removedAt.get(`edit-${at}`) ?? 0) < (byName.get(change) ?? 0))
  const ofQueue = proxy.calls.filter(({ operation }) => queueOperations.test(operation))
  const reads = proxy.calls.filter((call) => !queueOperations.test(call.operation))
  const byOperation = Object.entries(Object.groupBy(reads, ({ operation }) => operation))
  return {
    ...{ messages: count, left: await leftIn(ministack.url, queue), tookMs },
    ...{ residentBefore, residentMost, cpuSeconds: cpuUs / 1e6 },
    changes: recorded.map((change) => `${said(change)} by ${makerOf(change)}`).sort(),
    edits: floodEdits.map(({ change }) => `${change} by alice`).sort(),
    events: new Set(messages.flatMap(({ id, isWatched }) => (isWatched && id !== null ? [id] : []))).size,
    early: early.map(({ change }) => change),
    queueCalls: ofQueue.length,
    reads: reads.length,
    readsByOperation: Object.fromEntries(byOperation.map(([operation, calls]) => [operation, calls?.length ?? 0])),
    writes: reads.flatMap(({ isMutating, operation }) => (isMutating ? [operation] : [])),
  }
}

const said = ({ op, resource }: SeenChange): string => `${op} ${resource.name}`
const makerOf = ({ actor }: SeenChange): unknown => (actor as { readonly arn?: string } | null)?.arn
