import type { Row } from '../row.ts'

const queues = {
  list: { service: 'sqs', operation: 'ListQueues', input: { MaxResults: 1000 }, next: { NextToken: 'NextToken' } },
  items: 'QueueUrls',
  // An account without queues is answered {}.
  mayBeAbsent: true,
  as: 'QueueUrl',
  gone: ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'],
  id: '{QueueUrl}',
} as const

export const sqsRows: readonly Row[] = [
  {
    ...queues,
    type: 'aws_sqs_queue',
    one: { item: { QueueUrl: '{$id}' }, deletedBy: ['DeleteQueue'] },
    details: [
      {
        operation: 'GetQueueAttributes',
        input: { QueueUrl: '{QueueUrl}', AttributeNames: ['All'] },
        take: 'Attributes',
      },
      { operation: 'ListQueueTags', input: { QueueUrl: '{QueueUrl}' }, take: 'Tags', as: 'Tags', mayBeAbsent: true },
    ],
    arn: '{QueueArn}',
    name: '{QueueUrl/}',
    metadata: [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
      'CreatedTimestamp',
      'LastModifiedTimestamp',
      // A thing of its own.
      'Policy',
      'QueueArn',
    ],
  },
  {
    ...queues,
    type: 'aws_sqs_queue_policy',
    one: { item: { QueueUrl: '{$id}' } },
    details: [
      {
        operation: 'GetQueueAttributes',
        input: { QueueUrl: '{QueueUrl}', AttributeNames: ['Policy'] },
        take: 'Attributes.Policy',
        as: 'Policy',
        isTheThing: true,
      },
    ],
    within: { type: 'aws_sqs_queue', id: '{QueueUrl}' },
  },
]
