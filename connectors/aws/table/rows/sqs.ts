import type { Row } from '../row.ts'

export const sqsRows: readonly Row[] = [
  {
    type: 'aws_sqs_queue',
    list: { service: 'sqs', operation: 'ListQueues', input: { MaxResults: 1000 }, next: { NextToken: 'NextToken' } },
    items: 'QueueUrls',
    // An account without queues is answered {}.
    mayBeAbsent: true,
    as: 'QueueUrl',
    details: [
      {
        operation: 'GetQueueAttributes',
        input: { QueueUrl: '{QueueUrl}', AttributeNames: ['All'] },
        take: 'Attributes',
      },
      { operation: 'ListQueueTags', input: { QueueUrl: '{QueueUrl}' }, take: 'Tags', as: 'Tags', mayBeAbsent: true },
    ],
    gone: ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'],
    id: '{QueueUrl}',
    arn: '{QueueArn}',
    name: '{QueueUrl/}',
    metadata: [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
      'CreatedTimestamp',
      'LastModifiedTimestamp',
      'QueueArn',
    ],
  },
]
