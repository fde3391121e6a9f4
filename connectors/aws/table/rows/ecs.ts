import type { Batch, Listing, Row } from '../row.ts'
import { textOf } from './row-parts.ts'

const clusters: Listing = {
  service: 'ecs',
  operation: 'ListClusters',
  input: { maxResults: 100 },
  next: { nextToken: 'nextToken' },
}

const described = (what: 'clusters' | 'services', size: number, more: Batch['input']): Batch => ({
  operation: what === 'clusters' ? 'DescribeClusters' : 'DescribeServices',
  ids: { member: what, each: what === 'clusters' ? '{clusterArn}' : '{serviceArn}' },
  size,
  answers: what,
  key: what === 'clusters' ? '{clusterArn}' : '{serviceArn}',
  ...(more === undefined ? {} : { input: more }),
})

export const ecsRows: readonly Row[] = [
  {
    type: 'aws_ecs_cluster',
    list: clusters,
    items: 'clusterArns',
    as: 'clusterArn',
    batches: [described('clusters', 100, { include: ['TAGS', 'SETTINGS', 'CONFIGURATIONS'] })],
    // It is listed for a while after it was deleted.
    skip: ({ status }) => status === 'INACTIVE',
    id: '{clusterArn}',
    arn: '{clusterArn}',
    name: '{clusterName}',
    tags: 'tags',
    dropped: ({ status }) => status === 'INACTIVE',
    metadata: [
      'activeServicesCount',
      'attachments',
      'attachmentsStatus',
      'pendingTasksCount',
      'registeredContainerInstancesCount',
      'runningTasksCount',
      'statistics',
      'status',
    ],
  },
  {
    type: 'aws_ecs_service',
    list: {
      service: 'ecs',
      operation: 'ListServices',
      input: { cluster: '{$parent.clusterArn}', maxResults: 100 },
      next: { nextToken: 'nextToken' },
      parents: { list: clusters, items: 'clusterArns', as: 'clusterArn' },
      absent: ['ClusterNotFoundException'],
    },
    items: 'serviceArns',
    as: 'serviceArn',
    batches: [described('services', 10, { cluster: '{$parent.clusterArn}', include: ['TAGS'] })],
    dropped: ({ status }) => status === 'INACTIVE',
    id: '{serviceArn}',
    arn: '{serviceArn}',
    name: '{serviceName}',
    tags: 'tags',
    metadata: [
      'currentServiceDeployment',
      'currentServiceRevisions',
      'deployments',
      'events',
      'pendingCount',
      'runningCount',
      'status',
      'taskSets',
    ],
  },
  {
    type: 'aws_ecs_task_definition',
    list: {
      service: 'ecs',
      operation: 'ListTaskDefinitionFamilies',
      input: { status: 'ACTIVE', maxResults: 100 },
      next: { nextToken: 'nextToken' },
    },
    items: 'families',
    as: 'family',
    // The newest one of each family: the others are what was.
    details: [
      {
        operation: 'DescribeTaskDefinition',
        input: { taskDefinition: '{family}', include: ['TAGS'] },
        take: 'taskDefinition',
      },
      {
        operation: 'DescribeTaskDefinition',
        input: { taskDefinition: '{family}', include: ['TAGS'] },
        take: 'tags',
        as: 'tags',
        mayBeAbsent: true,
      },
    ],
    id: (item) => textOf(item, 'family'),
    arn: '{taskDefinitionArn}',
    name: '{family}',
    tags: 'tags',
    metadata: ['registeredAt', 'registeredBy', 'status'],
  },
]
