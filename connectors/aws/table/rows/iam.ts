import type { JsonObject } from '../../../../model/json.ts'
import type { Listing, Row } from '../row.ts'
import { each, objectsIn } from './row-parts.ts'

/** Users, groups, roles and policies of the account, with their inline policies and attachments, in one listing. */
const everything: Listing = {
  service: 'iam',
  operation: 'GetAccountAuthorizationDetails',
  input: { MaxItems: 1000, Filter: ['User', 'Role', 'Group', 'LocalManagedPolicy'] },
  next: { Marker: 'Marker' },
  truncated: 'IsTruncated',
}

const roles: Listing = {
  service: 'iam',
  operation: 'ListRoles',
  input: { MaxItems: 1000 },
  next: { Marker: 'Marker' },
  truncated: 'IsTruncated',
}

const kinds = [
  { kind: 'role', list: 'RoleDetailList', name: 'RoleName', inline: 'RolePolicyList' },
  { kind: 'user', list: 'UserDetailList', name: 'UserName', inline: 'UserPolicyList' },
  { kind: 'group', list: 'GroupDetailList', name: 'GroupName', inline: 'GroupPolicyList' },
] as const

const inlinePolicies = kinds.map(
  ({ kind, list, name, inline }): Row => ({
    type: `aws_iam_${kind}_policy`,
    list: everything,
    items: list,
    isGlobal: true,
    split: each(inline, [name]),
    id: `{${name}}:{PolicyName}`,
    name: '{PolicyName}',
    encoded: ['PolicyDocument'],
  }),
)

const attachments = kinds.map(
  ({ kind, list, name }): Row => ({
    type: `aws_iam_${kind}_policy_attachment`,
    list: everything,
    items: list,
    isGlobal: true,
    split: each('AttachedManagedPolicies', [name]),
    id: `{${name}}/{PolicyArn}`,
    idInState: `{${kind}}/{policy_arn}`,
    name: `{${name}}`,
    metadata: ['PolicyName'],
  }),
)

/** The version that holds is what the policy says. */
function policyOf(item: JsonObject): JsonObject {
  const holding = objectsIn(item, 'PolicyVersionList').find(({ IsDefaultVersion }) => IsDefaultVersion === true)
  return holding === undefined ? item : { ...item, Document: holding.Document ?? null }
}

/** Roles that a service of AWS made for itself, and only it can change. */
const isServiceLinked = (path: unknown): boolean => typeof path === 'string' && path.startsWith('/aws-service-role/')

export const iamRows: readonly Row[] = [
  {
    type: 'aws_iam_role',
    list: everything,
    items: 'RoleDetailList',
    isGlobal: true,
    joined: { of: { list: roles, items: 'Roles' }, key: '{RoleName}', take: ['Description', 'MaxSessionDuration'] },
    id: '{RoleName}',
    arn: '{Arn}',
    name: '{RoleName}',
    encoded: ['AssumeRolePolicyDocument'],
    metadata: ['RoleLastUsed', 'InstanceProfileList', 'RolePolicyList', 'AttachedManagedPolicies'],
    ambient: ({ Path }) => (isServiceLinked(Path) ? 'default' : null),
  },
  {
    type: 'aws_iam_user',
    list: everything,
    items: 'UserDetailList',
    isGlobal: true,
    id: '{UserName}',
    arn: '{Arn}',
    name: '{UserName}',
    metadata: ['PasswordLastUsed', 'UserPolicyList', 'AttachedManagedPolicies'],
  },
  {
    type: 'aws_iam_group',
    list: everything,
    items: 'GroupDetailList',
    isGlobal: true,
    id: '{GroupName}',
    arn: '{Arn}',
    name: '{GroupName}',
    metadata: ['GroupPolicyList', 'AttachedManagedPolicies'],
  },
  {
    type: 'aws_iam_policy',
    list: everything,
    items: 'Policies',
    isGlobal: true,
    split: (item) => [policyOf(item)],
    details: [
      {
        operation: 'ListPolicyTags',
        input: { PolicyArn: '{Arn}' },
        next: { Marker: 'Marker' },
        take: 'Tags',
        as: 'Tags',
      },
    ],
    gone: ['NoSuchEntity', 'NoSuchEntityException'],
    id: '{Arn}',
    arn: '{Arn}',
    name: '{Arn/}',
    encoded: ['Document'],
    metadata: ['AttachmentCount', 'PermissionsBoundaryUsageCount', 'UpdateDate', 'PolicyVersionList'],
  },
  ...inlinePolicies,
  ...attachments,
]
