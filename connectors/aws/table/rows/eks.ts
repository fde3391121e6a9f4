import type { Detail, Listing, Row } from '../row.ts'

const clusters: Listing = {
  service: 'eks',
  operation: 'ListClusters',
  input: { maxResults: 100 },
  next: { nextToken: 'nextToken' },
}

/** What belongs to a cluster is listed by name for each cluster, and described one by one. */
const part = (
  type: string,
  operations: { readonly list: string; readonly describe: string },
  list: string,
  name: string,
  take: string,
): Pick<Row, 'type' | 'list' | 'items' | 'as' | 'details' | 'gone' | 'id' | 'name' | 'tags'> => ({
  type,
  list: {
    service: 'eks',
    operation: operations.list,
    input: { clusterName: '{$parent.name}', maxResults: 100 },
    next: { nextToken: 'nextToken' },
    parents: { list: clusters, items: 'clusters', as: 'name' },
    absent: ['ResourceNotFoundException'],
  },
  items: list,
  as: name,
  details: [describe(operations.describe, name, take)],
  gone: ['ResourceNotFoundException'],
  id: `{clusterName}:{${name}}`,
  name: `{${name}}`,
  tags: 'tags',
})

const describe = (operation: string, name: string, take: string): Detail => ({
  operation,
  input: { clusterName: '{$parent.name}', [name]: `{${name}}` },
  take,
})

export const eksRows: readonly Row[] = [
  {
    type: 'aws_eks_cluster',
    list: clusters,
    items: 'clusters',
    as: 'name',
    details: [{ operation: 'DescribeCluster', input: { name: '{name}' }, take: 'cluster' }],
    gone: ['ResourceNotFoundException'],
    id: '{name}',
    arn: '{arn}',
    name: '{name}',
    tags: 'tags',
    metadata: ['health', 'status'],
  },
  {
    ...part(
      'aws_eks_node_group',
      { list: 'ListNodegroups', describe: 'DescribeNodegroup' },
      'nodegroups',
      'nodegroupName',
      'nodegroup',
    ),
    arn: '{nodegroupArn}',
    // How many nodes there are now is the autoscaler's word.
    metadata: ['health', 'modifiedAt', 'resources', 'scalingConfig.desiredSize', 'status'],
  },
  {
    ...part('aws_eks_addon', { list: 'ListAddons', describe: 'DescribeAddon' }, 'addons', 'addonName', 'addon'),
    arn: '{addonArn}',
    metadata: ['health', 'modifiedAt', 'status'],
  },
  {
    ...part(
      'aws_eks_fargate_profile',
      { list: 'ListFargateProfiles', describe: 'DescribeFargateProfile' },
      'fargateProfileNames',
      'fargateProfileName',
      'fargateProfile',
    ),
    arn: '{fargateProfileArn}',
    metadata: ['health', 'status'],
  },
  {
    ...part(
      'aws_eks_access_entry',
      { list: 'ListAccessEntries', describe: 'DescribeAccessEntry' },
      'accessEntries',
      'principalArn',
      'accessEntry',
    ),
    arn: '{accessEntryArn}',
    metadata: ['modifiedAt'],
    // EKS makes those of its own roles.
    ambient: ({ principalArn }) => (/:role\/aws-service-role\//.test(String(principalArn)) ? 'child' : null),
  },
]
