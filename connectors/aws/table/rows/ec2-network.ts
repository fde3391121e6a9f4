import { isObject, type JsonObject } from '../../../../model/json.ts'
import type { Row } from '../row.ts'
import { valueAt } from '../template.ts'
import { each, ec2Arn, isSet, objectsIn, oneOfEc2, pagedEc2, terraformHash, textOf } from './row-parts.ts'

const networkAcls = pagedEc2('DescribeNetworkAcls')
const routeTables = pagedEc2('DescribeRouteTables', 100)
/** It has no pages. */
const addresses = { service: 'ec2', operation: 'DescribeAddresses' } as const

/** AWS ends each list of rules with one that denies the rest, and nobody can write. */
const lastRule = 32_767

const destinations = ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId']

function destinationOf(route: JsonObject): string {
  const member = destinations.find((name) => typeof route[name] === 'string')
  if (member === undefined) throw new Error('a route has no destination')
  return textOf(route, member)
}

/** A route to the VPC itself, or to a gateway endpoint, comes and goes with these. */
const isOfOther = ({ GatewayId }: JsonObject): boolean => GatewayId === 'local' || /^vpce-/.test(String(GatewayId))

const isMain = (item: JsonObject): boolean => objectsIn(item, 'Associations').some(({ Main }) => Main === true)

const isAttached = ({ SubnetId, GatewayId }: JsonObject): boolean => isSet(SubnetId) || isSet(GatewayId)

export const ec2NetworkRows: readonly Row[] = [
  {
    type: 'aws_internet_gateway',
    one: oneOfEc2('InternetGatewayIds', ['InvalidInternetGatewayID.NotFound'], ['DeleteInternetGateway']),
    list: pagedEc2('DescribeInternetGateways'),
    items: 'InternetGateways',
    id: '{InternetGatewayId}',
    details: [
      {
        operation: 'DescribeVpcs',
        input: { VpcIds: ['{Attachments.0.VpcId}'] },
        take: 'Vpcs.0.IsDefault',
        as: 'IsOfDefaultVpc',
        when: (item) => isSet(valueAt(item, 'Attachments.0.VpcId')),
        absent: ['InvalidVpcID.NotFound'],
      },
    ],
    arn: ec2Arn('internet-gateway', 'InternetGatewayId'),
    metadata: ['Attachments.State', 'IsOfDefaultVpc'],
    // AWS makes one beside each default VPC.
    ambient: ({ IsOfDefaultVpc }) => (IsOfDefaultVpc === true ? 'default' : null),
  },
  {
    type: 'aws_network_acl',
    one: oneOfEc2('NetworkAclIds', ['InvalidNetworkAclID.NotFound'], ['DeleteNetworkAcl']),
    list: networkAcls,
    items: 'NetworkAcls',
    id: '{NetworkAclId}',
    arn: ec2Arn('network-acl', 'NetworkAclId'),
    // Its entries are things of their own.
    metadata: ['Entries'],
    ambient: ({ IsDefault }) => (IsDefault === true ? 'default' : null),
  },
  {
    type: 'aws_network_acl_rule',
    list: networkAcls,
    items: 'NetworkAcls',
    split: (acl) =>
      each('Entries', ['NetworkAclId', 'IsDefault'])(acl).map((entry) => ({
        ...entry,
        Direction: entry.Egress === true ? 'egress' : 'ingress',
      })),
    skip: ({ RuleNumber }) => Number(RuleNumber) >= lastRule,
    id: '{NetworkAclId}/{Direction}/{RuleNumber}',
    idInState: (attributes) =>
      `${textOf(attributes, 'network_acl_id')}/${attributes.egress === true ? 'egress' : 'ingress'}/${textOf(attributes, 'rule_number')}`,
    within: { type: 'aws_network_acl', id: '{NetworkAclId}' },
    ambient: ({ IsDefault }) => (IsDefault === true ? 'default' : null),
  },
  {
    type: 'aws_route_table',
    one: oneOfEc2('RouteTableIds', ['InvalidRouteTableID.NotFound'], ['DeleteRouteTable']),
    list: routeTables,
    items: 'RouteTables',
    id: '{RouteTableId}',
    arn: ec2Arn('route-table', 'RouteTableId'),
    // Routes and associations are things of their own.
    metadata: ['Associations', 'Routes'],
    ambient: (item) => (isMain(item) ? 'default' : null),
  },
  {
    type: 'aws_route',
    list: routeTables,
    items: 'RouteTables',
    split: each('Routes', ['RouteTableId']),
    skip: ({ Origin }) => Origin === 'EnableVgwRoutePropagation',
    id: (route) => `r-${textOf(route, 'RouteTableId')}${terraformHash(destinationOf(route))}`,
    within: { type: 'aws_route_table', id: '{RouteTableId}' },
    metadata: ['State'],
    ambient: (route) => (isOfOther(route) ? 'child' : null),
  },
  {
    type: 'aws_route_table_association',
    list: routeTables,
    items: 'RouteTables',
    split: each('Associations'),
    // The one of the main table has no subnet.
    skip: (association) => !isAttached(association),
    id: '{RouteTableAssociationId}',
    metadata: ['AssociationState'],
  },
  {
    type: 'aws_eip',
    one: oneOfEc2('AllocationIds', ['InvalidAllocationID.NotFound'], ['ReleaseAddress']),
    list: addresses,
    items: 'Addresses',
    // Those of the time before VPCs have none.
    skip: ({ AllocationId }) => !isSet(AllocationId),
    id: '{AllocationId}',
    arn: ec2Arn('elastic-ip', 'AllocationId'),
    metadata: ['AssociationId', 'InstanceId', 'NetworkInterfaceId', 'NetworkInterfaceOwnerId', 'PrivateIpAddress'],
    ambient: ({ ServiceManaged }) => (isSet(ServiceManaged) ? 'child' : null),
  },
  {
    type: 'aws_eip_association',
    list: addresses,
    items: 'Addresses',
    skip: ({ AssociationId }) => !isSet(AssociationId),
    keep: ['AllocationId', 'AssociationId', 'InstanceId', 'NetworkInterfaceId', 'PrivateIpAddress', 'PublicIp'],
    id: '{AssociationId}',
    within: { type: 'aws_eip', id: '{AllocationId}' },
    // A NAT gateway's or a load balancer's is bound to no instance.
    ambient: ({ InstanceId }) => (isSet(InstanceId) ? null : 'child'),
  },
  {
    type: 'aws_nat_gateway',
    one: oneOfEc2('NatGatewayIds', ['NatGatewayNotFound'], ['DeleteNatGateway']),
    list: pagedEc2('DescribeNatGateways'),
    items: 'NatGateways',
    // It is listed for an hour after it was deleted.
    skip: ({ State }) => State === 'deleted' || State === 'deleting',
    id: '{NatGatewayId}',
    arn: ec2Arn('natgateway', 'NatGatewayId'),
    metadata: ['NatGatewayAddresses.Status', 'State'],
  },
  {
    type: 'aws_vpc_dhcp_options',
    one: oneOfEc2(
      'DhcpOptionsIds',
      ['InvalidDhcpOptionID.NotFound', 'InvalidDhcpOptionsID.NotFound'],
      ['DeleteDhcpOptions'],
    ),
    list: pagedEc2('DescribeDhcpOptions'),
    items: 'DhcpOptions',
    id: '{DhcpOptionsId}',
    arn: ec2Arn('dhcp-options', 'DhcpOptionsId'),
    ambient: (item) => (isDefaultDhcp(item) ? 'default' : null),
  },
  {
    type: 'aws_ec2_managed_prefix_list',
    one: oneOfEc2('PrefixListIds', ['InvalidPrefixListID.NotFound'], ['DeleteManagedPrefixList']),
    list: pagedEc2('DescribeManagedPrefixLists', 100),
    items: 'PrefixLists',
    // AWS's own.
    skip: ({ OwnerId }) => OwnerId === 'AWS',
    details: [
      {
        operation: 'GetManagedPrefixListEntries',
        input: { PrefixListId: '{PrefixListId}', MaxResults: 100 },
        take: 'Entries',
        as: 'Entries',
        next: { NextToken: 'NextToken' },
      },
    ],
    gone: ['InvalidPrefixListID.NotFound'],
    id: '{PrefixListId}',
    arn: '{PrefixListArn}',
    name: '{PrefixListName}',
    metadata: ['State', 'StateMessage'],
  },
]

/** The set that AWS makes in each region: its own names, and its own servers. */
function isDefaultDhcp(item: JsonObject): boolean {
  const configurations = objectsIn(item, 'DhcpConfigurations')
  const valueFor = (key: string): unknown => {
    const values = configurations.find(({ Key }) => Key === key)?.Values
    const [first] = Array.isArray(values) ? values : []
    return first !== undefined && isObject(first) ? first.Value : undefined
  }
  const isAmazons = /^(?:ec2\.internal|[a-z0-9-]+\.compute\.internal)$/.test(String(valueFor('domain-name')))
  return isAmazons && valueFor('domain-name-servers') === 'AmazonProvidedDNS' && configurations.length === 2
}
