import type { AwsCall } from '../estate/moto.ts'
import { Random } from '../random.ts'
import { account, callsOf, region } from './calls.ts'

const [sqs, ec2, dynamodb] = [callsOf('sqs'), callsOf('ec2'), callsOf('dynamodb')]
const numbered = (count: number, from = 0): number[] => Array.from({ length: count }, (_, at) => from + at)

/** What there is before: 40 queues, 40 security groups and 20 tables. */
export const floodMaking: readonly AwsCall[] = [
  sqs('create_queue', { QueueName: 'vaino-events' }, { events: 'QueueUrl' }),
  ...numbered(40).map((n) => sqs('create_queue', { QueueName: `q${n}` }, { [`q${n}`]: 'QueueUrl' })),
  ...numbered(40).map((n) =>
    ec2('create_security_group', { GroupName: `g${n}`, Description: `group ${n}` }, { [`g${n}`]: 'GroupId' }),
  ),
  ...numbered(20).map((n) =>
    dynamodb('create_table', {
      ...{ TableName: `table${n}`, BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  ),
]

export interface Made {
  readonly call: AwsCall
  /** The operation and the request that CloudTrail says. Members in angle brackets were saved. */
  readonly event: readonly [service: string, operation: string, request: object, response?: object]
  /** What is recorded of it: `u q0`. */
  readonly change: string
}

const setOf = (items: readonly string[]) => ({ items: items.map((resourceId) => ({ resourceId })) })

/** Each is one change by alice. */
export const floodEdits: readonly Made[] = [
  ...numbered(10).map(
    (n): Made => ({
      call: sqs('set_queue_attributes', { QueueUrl: `<q${n}>`, Attributes: { VisibilityTimeout: '41' } }),
      event: ['sqs', 'SetQueueAttributes', { queueUrl: `<q${n}>` }],
      change: `u q${n}`,
    }),
  ),
  ...numbered(10).map(
    (n): Made => ({
      call: ec2('create_tags', { Resources: [`<g${n}>`], Tags: [{ Key: 'team', Value: 'web' }] }),
      event: ['ec2', 'CreateTags', { resourcesSet: setOf([`<g${n}>`]) }],
      change: `u g${n}`,
    }),
  ),
  ...numbered(5).map(
    (n): Made => ({
      call: dynamodb('update_table', { TableName: `table${n}`, DeletionProtectionEnabled: true }),
      event: ['dynamodb', 'UpdateTable', { tableName: `table${n}` }],
      change: `u table${n}`,
    }),
  ),
  ...numbered(5, 30).map(
    (n): Made => ({
      call: sqs('delete_queue', { QueueUrl: `<q${n}>` }),
      event: ['sqs', 'DeleteQueue', { queueUrl: `<q${n}>` }],
      change: `d q${n}`,
    }),
  ),
  ...numbered(5, 30).map(
    (n): Made => ({
      call: ec2('delete_security_group', { GroupId: `<g${n}>` }),
      event: ['ec2', 'DeleteSecurityGroup', { groupId: `<g${n}>` }],
      change: `d g${n}`,
    }),
  ),
  ...numbered(3, 15).map(
    (n): Made => ({
      call: dynamodb('delete_table', { TableName: `table${n}` }),
      event: ['dynamodb', 'DeleteTable', { tableName: `table${n}` }],
      change: `d table${n}`,
    }),
  ),
  ...numbered(5).map(
    (n): Made => ({
      call: sqs('create_queue', { QueueName: `new${n}` }, { [`new${n}`]: 'QueueUrl' }),
      event: ['sqs', 'CreateQueue', { queueName: `new${n}` }, { queueUrl: `<new${n}>` }],
      change: `c new${n}`,
    }),
  ),
]

/** What a message of the queue says; `id` is its event's, null where it holds none. */
export interface FloodMessage {
  readonly id: string | null
  readonly body: string
  /** Whether the event is of something that is watched. */
  readonly isWatched: boolean
}

/** An event as EventBridge delivers it. */
const eventOf = (id: string, [service, eventName, request, response]: Made['event'], more: object = {}): object => ({
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    ...{ eventID: id, eventName, eventSource: `${service}.amazonaws.com`, awsRegion: region },
    ...{ eventTime: new Date().toISOString(), recipientAccountId: account, readOnly: false },
    ...{ userIdentity: { type: 'IAMUser', arn: 'mallory' }, requestParameters: request, ...more },
    ...(response === undefined ? {} : { responseElements: response }),
  },
})

/** The events of the edits, by alice, and among them so many others, none of which stands for an edit, in any order. */
export function floodOf(count: number, seed: number): readonly FloodMessage[] {
  const random = new Random(seed)
  const unchanged = () => 10 + random.below(20)
  const anywhen = () => ({ eventTime: new Date(Date.now() - random.below(3_600_000)).toISOString() })
  const message = (id: string, event: Made['event'], isWatched = true, more: object = anywhen()): FloodMessage => ({
    ...{ id, isWatched },
    body: JSON.stringify(eventOf(id, event, more)),
  })
  const trueOnes = floodEdits.map(({ event }, at) =>
    message(`edit-${at}`, event, true, { userIdentity: { type: 'IAMUser', arn: 'alice' } }),
  )
  const made: ((at: number) => FloodMessage)[] = [
    // Delivered twice and more.
    () => random.pick(trueOnes),
    // Of things that are as they were; one of them is named again and again.
    (at) => message(`same-${at}`, ['sqs', 'SetQueueAttributes', { queueUrl: `<q${unchanged()}>` }]),
    (at) => message(`hot-${at}`, ['ec2', 'CreateTags', { resourcesSet: setOf(['<g20>']) }]),
    (at) => message(`read-${at}`, ['dynamodb', 'UpdateTable', { tableName: `table${5 + random.below(10)}` }]),
    // Deletes of what is there.
    (at) => message(`forged-queue-${at}`, ['sqs', 'DeleteQueue', { queueUrl: `<q${unchanged()}>` }]),
    (at) => message(`forged-group-${at}`, ['ec2', 'DeleteSecurityGroup', { groupId: `<g${unchanged()}>` }]),
    (at) => message(`never-${at}`, ['sqs', 'DeleteQueue', { queueUrl: `<q0>-${at}` }]),
    // What nobody watches.
    (at) => message(`unknown-${at}`, ['nobody-knows', 'MadeUpOperation', { name: `thing-${at}` }], false),
    (at) =>
      message(`other-${at}`, ['sqs', 'DeleteQueue', { queueUrl: '<q11>' }], false, {
        recipientAccountId: '999999999999',
      }),
    (at) => message(`far-${at}`, ['sqs', 'DeleteQueue', { queueUrl: '<q11>' }], false, { awsRegion: 'eu-south-2' }),
    (at) =>
      message(`refused-${at}`, ['sqs', 'DeleteQueue', { queueUrl: '<q12>' }], false, { errorCode: 'AccessDenied' }),
    // No events at all.
    () => ({
      id: null,
      isWatched: false,
      body: random.pick(['{}', '[]', 'null', '<html>', '"', '{"detail": 7}', '{"detail": {}}']),
    }),
  ]
  const others = numbered(count - trueOnes.length).map((at) => random.pick(made)(at))
  // In no order.
  return [...trueOnes, ...others]
    .map((one) => ({ one, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

/** Sends messages, ten at a time. */
export const sending = (messages: readonly FloodMessage[]): readonly AwsCall[] =>
  numbered(Math.ceil(messages.length / 10)).map((at) =>
    sqs('send_message_batch', {
      QueueUrl: '<events>',
      Entries: messages.slice(at * 10, at * 10 + 10).map(({ body }, n) => ({ Id: String(n), MessageBody: body })),
    }),
  )
