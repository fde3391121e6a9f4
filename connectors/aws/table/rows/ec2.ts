import type { Listing, Row } from '../row.ts'

/** A call without a page size comes out of a smaller budget of EC2's. */
const paged = (operation: string, pageSize = 1000): Listing => ({
  service: 'ec2',
  operation,
  input: { MaxResults: pageSize },
  next: { NextToken: 'NextToken' },
})

const vpcAttribute = (attribute: string, member: string) =>
  ({
    operation: 'DescribeVpcAttribute',
    input: { VpcId: '{VpcId}', Attribute: attribute },
    take: `${member}.Value`,
    as: member,
  }) as const

const groupRules: Listing = paged('DescribeSecurityGroupRules')

export const ec2Rows: readonly Row[] = [
  {
    type: 'aws_vpc',
    list: paged('DescribeVpcs'),
    items: 'Vpcs',
    details: [
      vpcAttribute('enableDnsSupport', 'EnableDnsSupport'),
      vpcAttribute('enableDnsHostnames', 'EnableDnsHostnames'),
    ],
    gone: ['InvalidVpcID.NotFound'],
    id: '{VpcId}',
    arn: 'arn:{$partition}:ec2:{$region}:{$account}:vpc/{VpcId}',
    metadata: ['State'],
    ambient: ({ IsDefault }) => (IsDefault === true ? 'default' : null),
  },
  {
    type: 'aws_subnet',
    list: paged('DescribeSubnets'),
    items: 'Subnets',
    id: '{SubnetId}',
    arn: '{SubnetArn}',
    metadata: ['AvailableIpAddressCount', 'State'],
    ambient: ({ DefaultForAz }) => (DefaultForAz === true ? 'default' : null),
  },
  {
    type: 'aws_security_group',
    list: paged('DescribeSecurityGroups'),
    items: 'SecurityGroups',
    id: '{GroupId}',
    arn: 'arn:{$partition}:ec2:{$region}:{$account}:security-group/{GroupId}',
    name: '{GroupName}',
    // Its rules are things of their own.
    metadata: ['IpPermissions', 'IpPermissionsEgress', 'SecurityGroupArn'],
    ambient: ({ GroupName }) => (GroupName === 'default' ? 'default' : null),
  },
  {
    type: 'aws_vpc_security_group_ingress_rule',
    list: groupRules,
    items: 'SecurityGroupRules',
    skip: ({ IsEgress }) => IsEgress !== false,
    id: '{SecurityGroupRuleId}',
    arn: 'arn:{$partition}:ec2:{$region}:{$account}:security-group-rule/{SecurityGroupRuleId}',
    metadata: ['SecurityGroupRuleArn'],
  },
  {
    type: 'aws_vpc_security_group_egress_rule',
    list: groupRules,
    items: 'SecurityGroupRules',
    skip: ({ IsEgress }) => IsEgress !== true,
    id: '{SecurityGroupRuleId}',
    arn: 'arn:{$partition}:ec2:{$region}:{$account}:security-group-rule/{SecurityGroupRuleId}',
    metadata: ['SecurityGroupRuleArn'],
  },
]
