import type { Row } from '../row.ts'
import { detail } from './row-parts.ts'

/** Kinesis and what it delivers to. */
export const streamsRows: readonly Row[] = [
  {
    type: 'aws_kinesis_stream',
    list: {
      service: 'kinesis',
      operation: 'ListStreams',
      input: { Limit: 100 },
      next: { NextToken: 'NextToken' },
      truncated: 'HasMoreStreams',
    },
    items: 'StreamNames',
    as: 'StreamName',
    details: [
      detail('DescribeStreamSummary', { StreamName: '{StreamName}' }, 'StreamDescriptionSummary'),
      detail('ListTagsForStream', { StreamName: '{StreamName}', Limit: 50 }, 'Tags', 'Tags'),
    ],
    gone: ['ResourceNotFoundException'],
    id: '{StreamARN}',
    arn: '{StreamARN}',
    name: '{StreamName}',
    metadata: ['ConsumerCount', 'StreamStatus'],
  },
  {
    type: 'aws_kinesis_firehose_delivery_stream',
    list: {
      service: 'firehose',
      operation: 'ListDeliveryStreams',
      input: { Limit: 100 },
      next: { ExclusiveStartDeliveryStreamName: 'DeliveryStreamNames.-1' },
      truncated: 'HasMoreDeliveryStreams',
    },
    items: 'DeliveryStreamNames',
    as: 'DeliveryStreamName',
    details: [
      detail('DescribeDeliveryStream', { DeliveryStreamName: '{DeliveryStreamName}' }, 'DeliveryStreamDescription'),
      detail('ListTagsForDeliveryStream', { DeliveryStreamName: '{DeliveryStreamName}', Limit: 50 }, 'Tags', 'Tags'),
    ],
    gone: ['ResourceNotFoundException'],
    id: '{DeliveryStreamARN}',
    arn: '{DeliveryStreamARN}',
    name: '{DeliveryStreamName}',
    metadata: ['DeliveryStreamStatus', 'FailureDescription', 'LastUpdateTimestamp', 'VersionId'],
  },
]
