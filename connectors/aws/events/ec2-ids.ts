import { isObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** Which Terraform types EC2's ids name, by their prefix. An id is `PREFIX-` and 8 or 17 hexadecimal digits. */
export const typesByPrefix: Readonly<Record<string, readonly string[]>> = {
  acl: ['aws_network_acl'],
  ami: ['aws_ami'],
  dopt: ['aws_vpc_dhcp_options'],
  eipalloc: ['aws_eip'],
  eipassoc: ['aws_eip_association'],
  eni: ['aws_network_interface'],
  fl: ['aws_flow_log'],
  i: ['aws_instance'],
  igw: ['aws_internet_gateway'],
  lt: ['aws_launch_template'],
  nat: ['aws_nat_gateway'],
  pcx: ['aws_vpc_peering_connection'],
  pl: ['aws_ec2_managed_prefix_list'],
  rtb: ['aws_route_table'],
  rtbassoc: ['aws_route_table_association'],
  sg: ['aws_security_group'],
  sgr: ['aws_vpc_security_group_ingress_rule', 'aws_vpc_security_group_egress_rule'],
  snap: ['aws_ebs_snapshot'],
  subnet: ['aws_subnet'],
  tgw: ['aws_ec2_transit_gateway'],
  vol: ['aws_ebs_volume'],
  vpc: ['aws_vpc'],
  vpce: ['aws_vpc_endpoint'],
}

/** What an event's operation is about, where it names ids of other things too: a subnet's creation names its VPC. */
export const typeOfNoun: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /SecurityGroup/,
    ['aws_security_group', 'aws_vpc_security_group_ingress_rule', 'aws_vpc_security_group_egress_rule'],
  ],
  [/TransitGateway/, ['aws_ec2_transit_gateway']],
  [/NetworkInterface/, ['aws_network_interface']],
  [/NetworkAcl/, ['aws_network_acl', 'aws_network_acl_rule']],
  [/LaunchTemplate/, ['aws_launch_template']],
  [/InternetGateway/, ['aws_internet_gateway']],
  [/NatGateway/, ['aws_nat_gateway']],
  [/RouteTable/, ['aws_route_table', 'aws_route_table_association']],
  [/Route/, ['aws_route_table', 'aws_route']],
  [/Address/, ['aws_eip', 'aws_eip_association']],
  [/VpcPeering/, ['aws_vpc_peering_connection']],
  [/VpcEndpoint/, ['aws_vpc_endpoint']],
  [/DhcpOptions/, ['aws_vpc_dhcp_options', 'aws_vpc']],
  [/ManagedPrefixList/, ['aws_ec2_managed_prefix_list']],
  [/FlowLog/, ['aws_flow_log']],
  [/KeyPair/, ['aws_key_pair']],
  [/Snapshot/, ['aws_ebs_snapshot']],
  [/Image/, ['aws_ami']],
  [/Volume/, ['aws_ebs_volume', 'aws_volume_attachment', 'aws_instance']],
  [/Subnet/, ['aws_subnet']],
  [/Vpc/, ['aws_vpc']],
  [/Instance/, ['aws_instance', 'aws_ebs_volume', 'aws_network_interface']],
]

/** A rule is of one direction, which operations on rules have in their names, all but one: a change of rules by their ids. */
const directions: readonly (readonly [RegExp, string])[] = [
  [/Ingress/, 'aws_vpc_security_group_egress_rule'],
  // A new group has one rule, which lets everything out.
  [/Egress|^CreateSecurityGroup$/, 'aws_vpc_security_group_ingress_rule'],
]

/** Operations that are about whatever they name. */
const aboutAll = /^(Create|Delete)Tags$/

const idForm = /^([a-z]+)-(?:[0-9a-f]{8}|[0-9a-f]{17})$/
/** Values of one event that are looked at; requests are at most 100 KB. */
const maxValues = 20_000

/** Ids by type. A type without ids has changed somewhere. */
export type Affected = ReadonlyMap<string, readonly string[]>

/**
 * What an event of EC2 is about: the ids in its request and its answer, of the types that its operation is about.
 * @returns null where the operation is about nothing that is known
 */
export function affectedByEc2(operation: string, ...said: readonly Json[]): Affected | null {
  const notAbout = directions.find(([direction]) => direction.test(operation))?.[1]
  const about = typeOfNoun.find(([noun]) => noun.test(operation))?.[1].filter((type) => type !== notAbout)
  const isAboutAll = aboutAll.test(operation)
  if (about === undefined && !isAboutAll) return null
  const found = new Map<string, Set<string>>((about ?? []).map((type) => [type, new Set()]))
  for (const id of textsIn(said)) {
    const types = typesByPrefix[idForm.exec(id)?.[1] ?? ''] ?? []
    for (const type of types) {
      if (isAboutAll && !found.has(type)) found.set(type, new Set())
      found.get(type)?.add(id)
    }
  }
  return new Map([...found].map(([type, ids]) => [type, [...ids]]))
}

function* textsIn(said: readonly Json[]): Generator<string> {
  const waiting: Json[] = [...said]
  for (let seen = 0; waiting.length > 0 && seen < maxValues; seen++) {
    const value = waiting.pop() as Json
    if (typeof value === 'string') yield value
    else if (Array.isArray(value)) for (const one of value) waiting.push(one)
    else if (isObject(value)) for (const one of Object.values(value)) waiting.push(one)
  }
}
