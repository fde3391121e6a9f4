import type { Resource } from './resource.ts'

/**
 * Attributes that another resource type sets, where their names don't say so: of `aws_sns_topic`, `policy` is what `aws_sns_topic_policy` sets,
 * and needs no entry.
 */
const owners: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  aws_s3_bucket: {
    acl: ['aws_s3_bucket_acl'],
    grant: ['aws_s3_bucket_acl', 'aws_s3_bucket_logging'],
    cors_rule: ['aws_s3_bucket_cors_configuration'],
    lifecycle_rule: ['aws_s3_bucket_lifecycle_configuration'],
    website: ['aws_s3_bucket_website_configuration'],
    acceleration_status: ['aws_s3_bucket_accelerate_configuration'],
    request_payer: ['aws_s3_bucket_request_payment_configuration'],
  },
  aws_iam_role: {
    inline_policy: ['aws_iam_role_policy', 'aws_iam_role_policies_exclusive'],
    managed_policy_arns: ['aws_iam_role_policy_attachment', 'aws_iam_policy_attachment'],
  },
  aws_security_group: {
    ingress: ['aws_security_group_rule', 'aws_vpc_security_group_ingress_rule'],
    egress: ['aws_security_group_rule', 'aws_vpc_security_group_egress_rule'],
  },
  aws_route_table: { route: ['aws_route'], propagating_vgws: ['aws_vpn_gateway_route_propagation'] },
  aws_network_acl: {
    ingress: ['aws_network_acl_rule'],
    egress: ['aws_network_acl_rule'],
    subnet_ids: ['aws_network_acl_association'],
  },
  aws_instance: {
    ebs_block_device: ['aws_volume_attachment'],
    network_interface: ['aws_network_interface_attachment'],
  },
  aws_autoscaling_group: {
    load_balancers: ['aws_autoscaling_attachment'],
    target_group_arns: ['aws_autoscaling_attachment'],
  },
  aws_elb: { instances: ['aws_elb_attachment'] },
  aws_ecs_cluster: { default_capacity_provider_strategy: ['aws_ecs_cluster_capacity_providers'] },
  aws_rds_cluster: { iam_roles: ['aws_rds_cluster_role_association'] },
}

const ownersOf = (type: string, attribute: string): readonly string[] => [
  `${type}_${attribute}`,
  ...(new Map(Object.entries(owners[type] ?? {})).get(attribute) ?? []),
]

/** Whether instances of a type may set something of one of another type. */
const mayOwn = (owner: string, type: string): boolean =>
  owner.startsWith(`${type}_`) || Object.values(owners[type] ?? {}).some((types) => types.includes(owner))

/** An address without its instance's index: dependencies are written so. */
const baseOf = (address: string): string => address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]$/, '')

const textOf = (owner: string, base: string): string => `${owner} of ${base}`

/** For each resource that this instance depends on and may set something of: a text that {@link ownerTexts} asks for. */
export function partTexts({ type, metadata }: Resource): string[] {
  const dependencies = metadata?.dependencies
  if (!Array.isArray(dependencies)) return []
  return dependencies.flatMap((address) =>
    typeof address === 'string' && mayOwn(type, address.split('.').at(-2) ?? '') ? [textOf(type, address)] : [],
  )
}

/** The texts of instances that would own an attribute of this one. */
export const ownerTexts = ({ id, type }: Resource, attribute: string): string[] =>
  ownersOf(type, attribute).map((owner) => textOf(owner, baseOf(id)))
