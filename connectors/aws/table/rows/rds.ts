import type { JsonObject } from '../../../../model/json.ts'
import type { Detail, Listing, Row } from '../row.ts'
import { isSet } from './row-parts.ts'

const paged = (operation: string): Listing => ({
  service: 'rds',
  operation,
  input: { MaxRecords: 100 },
  next: { Marker: 'Marker' },
})

const instances = paged('DescribeDBInstances')

const tagsOf = (arn: string): Detail => ({
  operation: 'ListTagsForResource',
  input: { ResourceName: arn },
  take: 'TagList',
  as: 'TagList',
})

const parametersOf = (kind: 'DB' | 'DBCluster'): Detail => ({
  operation: `Describe${kind}Parameters`,
  input: { [`${kind}ParameterGroupName`]: `{${kind}ParameterGroupName}`, Source: 'user', MaxRecords: 100 },
  next: { Marker: 'Marker' },
  take: 'Parameters',
  as: 'Parameters',
})

/** AWS makes groups for each engine by itself, which nobody can change. */
const isDefault =
  (member: string): NonNullable<Row['ambient']> =>
  (item: JsonObject) =>
    /^default[.:]/.test(String(item[member])) ? 'default' : null

const ofInstance: Omit<Row, 'type' | 'id'> = {
  list: instances,
  items: 'DBInstances',
  arn: '{DBInstanceArn}',
  name: '{DBInstanceIdentifier}',
  tags: 'TagList',
  metadata: [
    'AutomaticRestartTime',
    'DBInstanceStatus',
    'DBParameterGroups.ParameterApplyStatus',
    'LatestRestorableTime',
    'PendingModifiedValues',
    'StatusInfos',
    'VpcSecurityGroups.Status',
  ],
}

/** Instances of Neptune and DocumentDB are listed as well, and are other types of Terraform's. */
const isOther = ({ Engine }: JsonObject): boolean => Engine === 'neptune' || Engine === 'docdb'

export const rdsRows: readonly Row[] = [
  {
    ...ofInstance,
    type: 'aws_db_instance',
    one: {
      input: { Filters: [{ Name: 'dbi-resource-id', Values: ['{$id}'] }] },
      absent: ['DBInstanceNotFound', 'DBInstanceNotFoundFault'],
      deletedBy: ['DeleteDBInstance'],
    },
    other: (item) => isOther(item) || isSet(item.DBClusterIdentifier),
    id: '{DbiResourceId}',
  },
  {
    ...ofInstance,
    type: 'aws_rds_cluster_instance',
    one: {
      input: { DBInstanceIdentifier: '{$id}' },
      absent: ['DBInstanceNotFound', 'DBInstanceNotFoundFault'],
      deletedBy: ['DeleteDBInstance'],
    },
    other: (item) => isOther(item) || !isSet(item.DBClusterIdentifier),
    id: '{DBInstanceIdentifier}',
  },
  {
    type: 'aws_rds_cluster',
    one: {
      input: { DBClusterIdentifier: '{$id}' },
      absent: ['DBClusterNotFoundFault'],
      deletedBy: ['DeleteDBCluster'],
    },
    list: paged('DescribeDBClusters'),
    items: 'DBClusters',
    skip: isOther,
    id: '{DBClusterIdentifier}',
    arn: '{DBClusterArn}',
    name: '{DBClusterIdentifier}',
    tags: 'TagList',
    metadata: [
      'BacktrackConsumedChangeRecords',
      'Capacity',
      // They are things of their own.
      'DBClusterMembers',
      'EarliestBacktrackTime',
      'EarliestRestorableTime',
      'LatestRestorableTime',
      'PendingModifiedValues',
      'PercentProgress',
      'Status',
      'StatusInfos',
      'VpcSecurityGroups.Status',
    ],
  },
  {
    type: 'aws_db_subnet_group',
    one: {
      input: { DBSubnetGroupName: '{$id}' },
      absent: ['DBSubnetGroupNotFoundFault'],
      deletedBy: ['DeleteDBSubnetGroup'],
    },
    list: paged('DescribeDBSubnetGroups'),
    items: 'DBSubnetGroups',
    details: [tagsOf('{DBSubnetGroupArn}')],
    gone: ['DBSubnetGroupNotFoundFault'],
    id: '{DBSubnetGroupName}',
    arn: '{DBSubnetGroupArn}',
    name: '{DBSubnetGroupName}',
    tags: 'TagList',
    metadata: ['SubnetGroupStatus', 'Subnets.SubnetStatus'],
    ambient: ({ DBSubnetGroupName }) => (DBSubnetGroupName === 'default' ? 'default' : null),
  },
  {
    type: 'aws_db_parameter_group',
    one: {
      input: { DBParameterGroupName: '{$id}' },
      absent: ['DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault'],
      deletedBy: ['DeleteDBParameterGroup'],
    },
    list: paged('DescribeDBParameterGroups'),
    items: 'DBParameterGroups',
    details: [parametersOf('DB'), tagsOf('{DBParameterGroupArn}')],
    gone: ['DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault'],
    id: '{DBParameterGroupName}',
    arn: '{DBParameterGroupArn}',
    name: '{DBParameterGroupName}',
    tags: 'TagList',
    ambient: isDefault('DBParameterGroupName'),
  },
  {
    type: 'aws_rds_cluster_parameter_group',
    one: {
      input: { DBClusterParameterGroupName: '{$id}' },
      absent: ['DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault'],
      deletedBy: ['DeleteDBClusterParameterGroup'],
    },
    list: paged('DescribeDBClusterParameterGroups'),
    items: 'DBClusterParameterGroups',
    details: [parametersOf('DBCluster'), tagsOf('{DBClusterParameterGroupArn}')],
    gone: ['DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault'],
    id: '{DBClusterParameterGroupName}',
    arn: '{DBClusterParameterGroupArn}',
    name: '{DBClusterParameterGroupName}',
    tags: 'TagList',
    ambient: isDefault('DBClusterParameterGroupName'),
  },
  {
    type: 'aws_db_option_group',
    one: {
      input: { OptionGroupName: '{$id}' },
      absent: ['OptionGroupNotFoundFault'],
      deletedBy: ['DeleteOptionGroup'],
    },
    list: paged('DescribeOptionGroups'),
    items: 'OptionGroupsList',
    details: [tagsOf('{OptionGroupArn}')],
    gone: ['OptionGroupNotFoundFault'],
    id: '{OptionGroupName}',
    arn: '{OptionGroupArn}',
    name: '{OptionGroupName}',
    tags: 'TagList',
    ambient: isDefault('OptionGroupName'),
  },
]
