import type { Listing, Row } from '../row.ts'
import { detail, isSet } from './row-parts.ts'

/** What can be scaled; each is asked for by itself. */
const namespaces = [
  'appstream',
  'cassandra',
  'comprehend',
  'custom-resource',
  'dynamodb',
  'ec2',
  'ecs',
  'elasticache',
  'elasticmapreduce',
  'kafka',
  'lambda',
  'neptune',
  'rds',
  'sagemaker',
  'workspaces',
]

const ofNamespaces = (operation: string): Listing => ({
  service: 'application-autoscaling',
  operation,
  input: { MaxResults: 50 },
  inputs: namespaces.map((ServiceNamespace) => ({ ServiceNamespace })),
  next: { NextToken: 'NextToken' },
})

export const appautoscalingRows: readonly Row[] = [
  {
    type: 'aws_appautoscaling_target',
    list: ofNamespaces('DescribeScalableTargets'),
    items: 'ScalableTargets',
    details: [
      {
        ...detail('ListTagsForResource', { ResourceARN: '{ScalableTargetARN}' }, 'Tags', 'Tags'),
        // The API's model calls it optional; what has none can't be asked for.
        when: ({ ScalableTargetARN }) => isSet(ScalableTargetARN),
        mayBeAbsent: true,
      },
    ],
    gone: ['ResourceNotFoundException'],
    id: '{ServiceNamespace}/{ResourceId}/{ScalableDimension}',
    // Terraform's own id is the resource's alone, which several dimensions may share.
    idInState: '{service_namespace}/{resource_id}/{scalable_dimension}',
    name: '{ResourceId}',
    metadata: ['PredictedCapacity'],
  },
  {
    type: 'aws_appautoscaling_policy',
    list: ofNamespaces('DescribeScalingPolicies'),
    items: 'ScalingPolicies',
    id: '{ServiceNamespace}/{ResourceId}/{ScalableDimension}/{PolicyName}',
    idInState: '{service_namespace}/{resource_id}/{scalable_dimension}/{name}',
    arn: '{PolicyARN}',
    name: '{PolicyName}',
    metadata: ['Alarms'],
  },
]
