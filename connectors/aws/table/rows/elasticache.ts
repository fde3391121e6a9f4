import type { Detail, Listing, Row } from '../row.ts'
import { isSet } from './row-parts.ts'

const paged = (operation: string, input: object = {}): Listing => ({
  service: 'elasticache',
  operation,
  input: { MaxRecords: 100, ...input },
  next: { Marker: 'Marker' },
})

const tags: Detail = {
  operation: 'ListTagsForResource',
  input: { ResourceName: '{ARN}' },
  take: 'TagList',
  as: 'TagList',
}

export const elasticacheRows: readonly Row[] = [
  {
    type: 'aws_elasticache_cluster',
    list: paged('DescribeCacheClusters', { ShowCacheNodeInfo: true }),
    items: 'CacheClusters',
    details: [tags],
    gone: ['CacheClusterNotFound', 'CacheClusterNotFoundFault'],
    id: '{CacheClusterId}',
    arn: '{ARN}',
    name: '{CacheClusterId}',
    tags: 'TagList',
    metadata: [
      'CacheClusterStatus',
      'CacheNodes.CacheNodeStatus',
      'CacheNodes.ParameterGroupStatus',
      'CacheParameterGroup.ParameterApplyStatus',
      'PendingModifiedValues',
      'SecurityGroups.Status',
    ],
    ambient: ({ ReplicationGroupId }) => (isSet(ReplicationGroupId) ? 'child' : null),
  },
  {
    type: 'aws_elasticache_replication_group',
    list: paged('DescribeReplicationGroups'),
    items: 'ReplicationGroups',
    details: [tags],
    gone: ['ReplicationGroupNotFoundFault'],
    id: '{ReplicationGroupId}',
    arn: '{ARN}',
    name: '{ReplicationGroupId}',
    tags: 'TagList',
    metadata: [
      'NodeGroups.NodeGroupMembers.CurrentRole',
      'NodeGroups.NodeGroupMembers.ReadEndpoint',
      'NodeGroups.Status',
      'PendingModifiedValues',
      'Status',
    ],
  },
  {
    type: 'aws_elasticache_subnet_group',
    list: paged('DescribeCacheSubnetGroups'),
    items: 'CacheSubnetGroups',
    details: [tags],
    gone: ['CacheSubnetGroupNotFoundFault'],
    id: '{CacheSubnetGroupName}',
    arn: '{ARN}',
    name: '{CacheSubnetGroupName}',
    tags: 'TagList',
    ambient: ({ CacheSubnetGroupName }) => (CacheSubnetGroupName === 'default' ? 'default' : null),
  },
]
