import type { Batch, Detail, Listing, Row } from '../row.ts'

const balancers: Listing = {
  service: 'elbv2',
  operation: 'DescribeLoadBalancers',
  input: { PageSize: 400 },
  next: { Marker: 'NextMarker' },
}

const tagsOf = (arn: string): Batch => ({
  operation: 'DescribeTags',
  ids: { member: 'ResourceArns', each: arn },
  size: 20,
  answers: 'TagDescriptions',
  key: '{ResourceArn}',
  take: 'Tags',
  as: 'Tags',
})

const attributesOf = (kind: 'LoadBalancer' | 'TargetGroup'): Detail => ({
  operation: `Describe${kind}Attributes`,
  input: { [`${kind}Arn`]: `{${kind}Arn}` },
  take: 'Attributes',
  as: 'Attributes',
})

const listeners: Listing = {
  service: 'elbv2',
  operation: 'DescribeListeners',
  input: { LoadBalancerArn: '{$parent.LoadBalancerArn}', PageSize: 400 },
  next: { Marker: 'NextMarker' },
  parents: { list: balancers, items: 'LoadBalancers' },
  // Deleted since it was listed, and its listeners with it.
  absent: ['LoadBalancerNotFound', 'LoadBalancerNotFoundException'],
}

export const elbv2Rows: readonly Row[] = [
  {
    type: 'aws_lb',
    one: {
      input: { LoadBalancerArns: ['{$id}'] },
      absent: ['LoadBalancerNotFound', 'LoadBalancerNotFoundException'],
      deletedBy: ['DeleteLoadBalancer'],
    },
    list: balancers,
    items: 'LoadBalancers',
    batches: [tagsOf('{LoadBalancerArn}')],
    details: [attributesOf('LoadBalancer')],
    gone: ['LoadBalancerNotFound', 'LoadBalancerNotFoundException'],
    id: '{LoadBalancerArn}',
    arn: '{LoadBalancerArn}',
    name: '{LoadBalancerName}',
    metadata: ['State', 'CreatedTime'],
  },
  {
    type: 'aws_lb_listener',
    list: listeners,
    items: 'Listeners',
    batches: [tagsOf('{ListenerArn}')],
    id: '{ListenerArn}',
    arn: '{ListenerArn}',
  },
  {
    type: 'aws_lb_listener_rule',
    list: {
      service: 'elbv2',
      operation: 'DescribeRules',
      input: { ListenerArn: '{$parent.ListenerArn}', PageSize: 400 },
      next: { Marker: 'NextMarker' },
      parents: { list: listeners, items: 'Listeners' },
      absent: ['ListenerNotFound', 'ListenerNotFoundException'],
    },
    items: 'Rules',
    // The last one is the listener's own.
    skip: ({ IsDefault }) => IsDefault === true,
    batches: [tagsOf('{RuleArn}')],
    id: '{RuleArn}',
    arn: '{RuleArn}',
  },
  {
    type: 'aws_lb_target_group',
    one: {
      input: { TargetGroupArns: ['{$id}'] },
      absent: ['TargetGroupNotFound', 'TargetGroupNotFoundException'],
      deletedBy: ['DeleteTargetGroup'],
    },
    list: {
      service: 'elbv2',
      operation: 'DescribeTargetGroups',
      input: { PageSize: 400 },
      next: { Marker: 'NextMarker' },
    },
    items: 'TargetGroups',
    batches: [tagsOf('{TargetGroupArn}')],
    details: [attributesOf('TargetGroup')],
    gone: ['TargetGroupNotFound', 'TargetGroupNotFoundException'],
    id: '{TargetGroupArn}',
    arn: '{TargetGroupArn}',
    name: '{TargetGroupName}',
  },
]
