import type { Row } from '../row.ts'
import { detail } from './row-parts.ts'

/** Load balancers of the older kind. */
export const elbRows: readonly Row[] = [
  {
    type: 'aws_elb',
    list: {
      service: 'elb',
      operation: 'DescribeLoadBalancers',
      input: { PageSize: 400 },
      next: { Marker: 'NextMarker' },
    },
    items: 'LoadBalancerDescriptions',
    batches: [
      {
        operation: 'DescribeTags',
        ids: { member: 'LoadBalancerNames', each: '{LoadBalancerName}' },
        size: 20,
        answers: 'TagDescriptions',
        key: '{LoadBalancerName}',
        take: 'Tags',
        as: 'Tags',
      },
    ],
    details: [
      detail(
        'DescribeLoadBalancerAttributes',
        { LoadBalancerName: '{LoadBalancerName}' },
        'LoadBalancerAttributes',
        'Attributes',
      ),
    ],
    gone: ['LoadBalancerNotFound', 'AccessPointNotFoundException'],
    id: '{LoadBalancerName}',
    arn: 'arn:{$partition}:elasticloadbalancing:{$region}:{$account}:loadbalancer/{LoadBalancerName}',
    name: '{LoadBalancerName}',
    metadata: ['Instances'],
  },
]
