import type { Row } from '../row.ts'

export const kafkaRows: readonly Row[] = [
  {
    type: 'aws_msk_cluster',
    list: {
      service: 'kafka',
      operation: 'ListClustersV2',
      input: { MaxResults: 100, ClusterTypeFilter: 'PROVISIONED' },
      next: { NextToken: 'NextToken' },
    },
    items: 'ClusterInfoList',
    id: '{ClusterArn}',
    arn: '{ClusterArn}',
    name: '{ClusterName}',
    metadata: ['ActiveOperationArn', 'CurrentVersion', 'State', 'StateInfo'],
  },
]
