import type { Listing, Row } from '../row.ts'
import { isSet } from './row-parts.ts'

const paged = (operation: string): Listing => ({
  service: 'autoscaling',
  operation,
  input: { MaxRecords: 100 },
  next: { NextToken: 'NextToken' },
})

const groups = paged('DescribeAutoScalingGroups')

export const autoscalingRows: readonly Row[] = [
  {
    type: 'aws_autoscaling_group',
    one: { input: { AutoScalingGroupNames: ['{$id}'] }, deletedBy: ['DeleteAutoScalingGroup'] },
    list: groups,
    items: 'AutoScalingGroups',
    // It is being deleted.
    skip: ({ Status }) => isSet(Status),
    id: '{AutoScalingGroupName}',
    arn: '{AutoScalingGroupARN}',
    name: '{AutoScalingGroupName}',
    metadata: ['Instances', 'PredictedCapacity', 'WarmPoolSize'],
    // EKS makes one for each group of nodes.
    ambient: ({ Tags }) => (JSON.stringify(Tags ?? []).includes('"eks:nodegroup-name"') ? 'child' : null),
  },
  {
    type: 'aws_autoscaling_lifecycle_hook',
    list: {
      service: 'autoscaling',
      operation: 'DescribeLifecycleHooks',
      input: { AutoScalingGroupName: '{$parent.AutoScalingGroupName}' },
      parents: { list: groups, items: 'AutoScalingGroups' },
    },
    items: 'LifecycleHooks',
    // Groups may have the same.
    id: '{AutoScalingGroupName}/{LifecycleHookName}',
    idInState: '{autoscaling_group_name}/{name}',
    name: '{LifecycleHookName}',
  },
  {
    type: 'aws_autoscaling_policy',
    list: paged('DescribePolicies'),
    items: 'ScalingPolicies',
    // Groups may have the same.
    id: '{AutoScalingGroupName}/{PolicyName}',
    idInState: '{autoscaling_group_name}/{name}',
    arn: '{PolicyARN}',
    name: '{PolicyName}',
    metadata: ['Alarms'],
  },
  {
    type: 'aws_autoscaling_schedule',
    list: paged('DescribeScheduledActions'),
    items: 'ScheduledUpdateGroupActions',
    // Groups may have the same.
    id: '{AutoScalingGroupName}/{ScheduledActionName}',
    idInState: '{autoscaling_group_name}/{scheduled_action_name}',
    arn: '{ScheduledActionARN}',
    name: '{ScheduledActionName}',
    metadata: ['Time'],
  },
]
