import type { Listing, Row } from '../row.ts'
import { detail } from './row-parts.ts'

const alarms: Listing = {
  service: 'cloudwatch',
  operation: 'DescribeAlarms',
  input: { MaxRecords: 100, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
  next: { NextToken: 'NextToken' },
}

const alarm: Omit<Row, 'type' | 'items'> = {
  list: alarms,
  details: [detail('ListTagsForResource', { ResourceARN: '{AlarmArn}' }, 'Tags', 'Tags')],
  gone: ['ResourceNotFound', 'ResourceNotFoundException'],
  id: '{AlarmName}',
  arn: '{AlarmArn}',
  name: '{AlarmName}',
  metadata: [
    'ActionsSuppressedBy',
    'ActionsSuppressedReason',
    'AlarmConfigurationUpdatedTimestamp',
    'EvaluationState',
    'StateReason',
    'StateReasonData',
    'StateTransitionedTimestamp',
    'StateUpdatedTimestamp',
    'StateValue',
  ],
}

const groups: Listing = {
  service: 'logs',
  operation: 'DescribeLogGroups',
  input: { limit: 50 },
  next: { nextToken: 'nextToken' },
}

export const cloudwatchRows: readonly Row[] = [
  {
    ...alarm,
    type: 'aws_cloudwatch_metric_alarm',
    items: 'MetricAlarms',
    one: { input: { AlarmNames: ['{$id}'], AlarmTypes: ['MetricAlarm'] }, deletedBy: ['DeleteAlarms'] },
  },
  // Left out of an answer that has only the others.
  { ...alarm, type: 'aws_cloudwatch_composite_alarm', items: 'CompositeAlarms', mayBeAbsent: true },
  {
    type: 'aws_cloudwatch_dashboard',
    list: { service: 'cloudwatch', operation: 'ListDashboards', next: { NextToken: 'NextToken' } },
    items: 'DashboardEntries',
    details: [detail('GetDashboard', { DashboardName: '{DashboardName}' }, 'DashboardBody', 'DashboardBody')],
    gone: ['ResourceNotFound', 'DashboardNotFoundError'],
    id: '{DashboardName}',
    arn: '{DashboardArn}',
    name: '{DashboardName}',
    metadata: ['LastModified', 'Size'],
  },
  {
    type: 'aws_cloudwatch_log_group',
    one: { input: { logGroupNamePrefix: '{$id}', limit: 50 }, deletedBy: ['DeleteLogGroup'] },
    list: groups,
    items: 'logGroups',
    details: [
      {
        operation: 'ListTagsForResource',
        // The ARN of a group ends in `:*`, which this call refuses.
        input: { resourceArn: 'arn:{$partition}:logs:{$region}:{$account}:log-group:{logGroupName}' },
        take: 'tags',
        as: 'tags',
        mayBeAbsent: true,
      },
    ],
    gone: ['ResourceNotFoundException'],
    id: '{logGroupName}',
    arn: 'arn:{$partition}:logs:{$region}:{$account}:log-group:{logGroupName}',
    name: '{logGroupName}',
    tags: 'tags',
    metadata: ['metricFilterCount', 'storedBytes'],
    // Functions, clusters and the like make one each when they first write.
    ambient: ({ logGroupName }) => (/^\/aws\//.test(String(logGroupName)) ? 'child' : null),
  },
  {
    type: 'aws_cloudwatch_log_metric_filter',
    list: {
      service: 'logs',
      operation: 'DescribeMetricFilters',
      input: { limit: 50 },
      next: { nextToken: 'nextToken' },
    },
    items: 'metricFilters',
    // Groups may have the same.
    id: '{logGroupName}:{filterName}',
    idInState: '{log_group_name}:{name}',
    name: '{filterName}',
  },
  {
    type: 'aws_cloudwatch_log_subscription_filter',
    list: {
      service: 'logs',
      operation: 'DescribeSubscriptionFilters',
      input: { logGroupName: '{$parent.logGroupName}', limit: 50 },
      next: { nextToken: 'nextToken' },
      parents: { list: groups, items: 'logGroups' },
      absent: ['ResourceNotFoundException'],
    },
    items: 'subscriptionFilters',
    id: '{logGroupName}|{filterName}',
    idInState: '{log_group_name}|{name}',
    name: '{filterName}',
  },
]
