import { expect, test } from 'bun:test'
import type { Scope } from '../../../model/scope.ts'
import type { FeedOutcome } from '../../../model/status.ts'
import type { Attribution, Backlog, Report, ReportOutcome } from '../../source.ts'
import { type EventQueue, followQueue, type QueueMessage, type Watched } from './follow-queue.ts'

const account = '111122223333'
const scopeOf = (type: string) => `aws/${account}/eu-west-1/${type}` as Scope
const watched: Watched = {
  account,
  typesOf: (service) => (service === 'sqs' ? ['aws_sqs_queue', 'aws_sqs_queue_policy'] : []),
  scopeOf: (of, region, type) =>
    of === account && region === 'eu-west-1' && type.startsWith('aws_sqs') ? scopeOf(type) : null,
  oneOf: (type) => (type === 'aws_sqs_queue' ? { item: { QueueUrl: '{$id}' }, deletedBy: ['DeleteQueue'] } : null),
}

const message = (id: string, eventName: string, time: string, more: object = {}): QueueMessage => ({
  receipt: `receipt of ${id}`,
  sentAtMs: null,
  body: JSON.stringify({
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      ...{ eventID: id, eventName, eventSource: 'sqs.amazonaws.com', eventTime: time, awsRegion: 'eu-west-1' },
      ...{ recipientAccountId: account, readOnly: false, requestParameters: { queueUrl: `https://${id}` } },
      ...{ userIdentity: { type: 'IAMUser', arn: 'alice' }, ...more },
    },
  }),
})

interface Woken extends Pick<Report, 'isDelete' | 'canReread'> {
  readonly scope: Scope
  readonly ids: readonly string[]
  readonly by: Attribution | undefined
}

/** Follows a queue that gives these answers and then none, until all messages were removed. */
async function follow(answers: readonly (readonly QueueMessage[])[], messages: number) {
  const woken: Woken[] = []
  const removed: string[] = []
  const outcomes: Record<string, number> = {}
  const backlogs: Backlog[] = []
  const ending = new AbortController()
  const done = Promise.withResolvers<void>()
  const waiting = [...answers]
  const end = () => {
    if (waiting.length === 0 && removed.length === messages) done.resolve()
  }
  const queue: EventQueue = {
    receive: (signal) => {
      const next = waiting.shift()
      end()
      if (next !== undefined) return Promise.resolve(next)
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve([]), { once: true }))
    },
    remove: async (receipts) => {
      removed.push(...receipts)
      end()
    },
    hold: async () => undefined,
    mostAtOnce: 10,
    depth: async () => ({ messages: 7, deadLetters: 1 }),
  }
  const changed = async (scope: Scope, { occurredAt: _, ...report }: Report): Promise<ReportOutcome> => {
    woken.push({ scope, by: report.by, ...report })
    return 'done'
  }
  const received = (outcome: FeedOutcome, count: number) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count
  }
  const backlog = (now: Backlog) => void backlogs.push(now)
  const following = followQueue(queue, watched, { changed, received, backlog }, ending.signal)
  await done.promise
  ending.abort()
  await following
  return { woken, removed, outcomes, backlogs }
}

test('each event wakes its scopes once with its actor, in the order of what happened', async () => {
  const early = message('early', 'TagQueue', '2026-11-29T12:00:00Z')
  const late = message('late', 'TagQueue', '2026-11-29T12:00:01Z')
  const { woken, removed, outcomes } = await follow([[late, early], [early]], 3)
  const by = (occurredAt: string, id: string) => ({
    ...{ occurredAt, actor: { type: 'IAMUser', arn: 'alice' } },
    event: { id, name: 'TagQueue', source: 'sqs.amazonaws.com' },
  })
  const scope = scopeOf('aws_sqs_queue')
  expect(woken).toEqual([
    { scope, ids: ['https://early'], by: by('2026-11-29T12:00:00Z', 'early'), isDelete: false, canReread: true },
    { scope, ids: ['https://late'], by: by('2026-11-29T12:00:01Z', 'late'), isDelete: false, canReread: true },
  ])
  expect(removed.sort()).toEqual(['receipt of early', 'receipt of early', 'receipt of late'])
  expect(outcomes).toEqual({ taken: 2, duplicate: 1 })
})

test('only the operation that deletes a thing says that it was deleted; what is read with its listing alone is scanned', async () => {
  const at = '2026-11-29T12:00:00Z'
  const { woken } = await follow([[message('a', 'DeleteQueue', at), message('b', 'SetQueueAttributes', at)]], 2)
  const short = woken.map(({ scope, isDelete, canReread }) => [scope, isDelete, canReread])
  expect(short).toEqual([
    [scopeOf('aws_sqs_queue'), true, true],
    [scopeOf('aws_sqs_queue'), false, true],
    [scopeOf('aws_sqs_queue_policy'), false, false],
  ])
})

test('an operation that nobody knows wakes all that its service has; what is not watched wakes nothing and is removed', async () => {
  const answers = [
    message('new', 'StartSomething', '2026-11-29T12:00:00Z'),
    message('elsewhere', 'TagQueue', '2026-11-29T12:00:00Z', { awsRegion: 'eu-west-2' }),
    message('foreign', 'TagQueue', '2026-11-29T12:00:00Z', { recipientAccountId: '999999999999' }),
    message('read', 'ListQueues', '2026-11-29T12:00:00Z', { readOnly: true }),
    { receipt: 'receipt of rubbish', body: '<html>', sentAtMs: null },
  ]
  const { woken, removed, outcomes } = await follow([answers], 5)
  expect(new Set(woken.map(({ scope }) => scope))).toEqual(
    new Set(['aws_sqs_queue', 'aws_sqs_queue_policy'].map(scopeOf)),
  )
  expect(removed).toHaveLength(5)
  expect(outcomes).toEqual({ taken: 1, not_watched: 3, unusable: 1 })
})

test('how long the oldest message waited is known, and how much waits behind it', async () => {
  const sent = (id: string, agoMs: number) => ({
    ...message(id, 'TagQueue', '2026-11-29T12:00:00Z'),
    sentAtMs: Date.now() - agoMs,
  })
  const { backlogs } = await follow([[sent('a', 5_000), sent('b', 90_000)], []], 2)
  expect(backlogs[0]).toMatchObject({ messages: 7, deadLetters: 1 })
  expect(backlogs[0]?.lagMs).toBeGreaterThanOrEqual(90_000)
  expect(backlogs[1]).toEqual({ lagMs: 0, messages: 7, deadLetters: 1 })
})
