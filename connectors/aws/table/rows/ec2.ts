import type { JsonObject } from '../../../../model/json.ts'
import type { Ambient, Row } from '../row.ts'
import { ec2Arn, hasTag, oneOfEc2, pagedEc2 } from './row-parts.ts'

const vpcs = pagedEc2('DescribeVpcs')
const groupRules = pagedEc2('DescribeSecurityGroupRules')

const vpcAttribute = (attribute: string, member: string) =>
  ({
    operation: 'DescribeVpcAttribute',
    input: { VpcId: '{VpcId}', Attribute: attribute },
    take: `${member}.Value`,
    as: member,
  }) as const

const groupRule = (direction: 'ingress' | 'egress'): Row => ({
  type: `aws_vpc_security_group_${direction}_rule`,
  list: groupRules,
  items: 'SecurityGroupRules',
  one: oneOfEc2(
    'SecurityGroupRuleIds',
    ['InvalidSecurityGroupRuleId.NotFound'],
    [`RevokeSecurityGroup${direction === 'egress' ? 'Egress' : 'Ingress'}`],
  ),
  other: ({ IsEgress }) => IsEgress !== (direction === 'egress'),
  id: '{SecurityGroupRuleId}',
  arn: ec2Arn('security-group-rule', 'SecurityGroupRuleId'),
  within: { type: 'aws_security_group', id: '{GroupId}' },
  metadata: ['SecurityGroupRuleArn'],
})

/** Each VPC has one from its beginning; a load balancer without any gets one, and so does a cluster. */
function groupAmbient(item: JsonObject): Ambient | null {
  const name = String(item.GroupName)
  if (name === 'default') return 'default'
  return name.startsWith('default_elb_') || hasTag(item, 'aws:eks:cluster-name') ? 'child' : null
}

export const ec2Rows: readonly Row[] = [
  {
    type: 'aws_vpc',
    one: oneOfEc2('VpcIds', ['InvalidVpcID.NotFound'], ['DeleteVpc']),
    list: vpcs,
    items: 'Vpcs',
    details: [
      vpcAttribute('enableDnsSupport', 'EnableDnsSupport'),
      vpcAttribute('enableDnsHostnames', 'EnableDnsHostnames'),
    ],
    gone: ['InvalidVpcID.NotFound'],
    id: '{VpcId}',
    arn: ec2Arn('vpc', 'VpcId'),
    metadata: ['DhcpOptionsId', 'State'],
    ambient: ({ IsDefault }) => (IsDefault === true ? 'default' : null),
  },
  {
    type: 'aws_vpc_dhcp_options_association',
    list: vpcs,
    items: 'Vpcs',
    keep: ['VpcId', 'DhcpOptionsId'],
    id: '{DhcpOptionsId}-{VpcId}',
    // Each VPC has one from its beginning.
    ambient: () => 'child',
  },
  {
    type: 'aws_subnet',
    one: oneOfEc2('SubnetIds', ['InvalidSubnetID.NotFound'], ['DeleteSubnet']),
    list: pagedEc2('DescribeSubnets'),
    items: 'Subnets',
    id: '{SubnetId}',
    arn: '{SubnetArn}',
    metadata: ['AvailableIpAddressCount', 'State'],
    ambient: ({ DefaultForAz }) => (DefaultForAz === true ? 'default' : null),
  },
  {
    type: 'aws_security_group',
    one: oneOfEc2('GroupIds', ['InvalidGroup.NotFound'], ['DeleteSecurityGroup']),
    list: pagedEc2('DescribeSecurityGroups'),
    items: 'SecurityGroups',
    id: '{GroupId}',
    arn: ec2Arn('security-group', 'GroupId'),
    name: '{GroupName}',
    // Its rules are things of their own.
    metadata: ['IpPermissions', 'IpPermissionsEgress', 'SecurityGroupArn'],
    ambient: groupAmbient,
  },
  groupRule('ingress'),
  groupRule('egress'),
]
