import type { Detail, Listing, Row } from '../row.ts'
import { detail } from './row-parts.ts'

const paged = (operation: string, more: Partial<Listing> = {}): Listing => ({
  service: 'iam',
  operation,
  next: { Marker: 'Marker' },
  truncated: 'IsTruncated',
  ...more,
  input: { MaxItems: 1000, ...more.input },
})

const users = paged('ListUsers')
const gone = ['NoSuchEntity', 'NoSuchEntityException']

/** What a user has, and what ends with it. */
const ofUsers = (operation: string): Listing =>
  paged(operation, {
    input: { UserName: '{$parent.UserName}' },
    parents: { list: users, items: 'Users' },
    absent: gone,
  })

const described = (operation: string, member: string): Detail => ({ operation, input: { [member]: '{Arn}' } })

/** What IAM doesn't answer in the one listing of roles, users and groups. */
export const iamMoreRows: readonly Row[] = [
  {
    type: 'aws_iam_instance_profile',
    list: paged('ListInstanceProfiles'),
    items: 'InstanceProfiles',
    isGlobal: true,
    details: [detail('GetInstanceProfile', { InstanceProfileName: '{InstanceProfileName}' }, 'InstanceProfile')],
    gone,
    id: '{InstanceProfileName}',
    arn: '{Arn}',
    name: '{InstanceProfileName}',
    // The roles have changes of their own.
    metadata: ['Roles.AssumeRolePolicyDocument', 'Roles.RoleLastUsed', 'Roles.Tags', 'Roles.Description'],
  },
  {
    type: 'aws_iam_access_key',
    list: ofUsers('ListAccessKeys'),
    items: 'AccessKeyMetadata',
    isGlobal: true,
    id: '{AccessKeyId}',
    name: '{UserName}',
  },
  {
    type: 'aws_iam_user_login_profile',
    list: users,
    items: 'Users',
    isGlobal: true,
    keep: ['UserName'],
    details: [
      {
        ...detail('GetLoginProfile', { UserName: '{UserName}' }, 'LoginProfile'),
        // A user without a password.
        absent: gone,
        isTheThing: true,
      },
    ],
    id: '{UserName}',
    name: '{UserName}',
  },
  {
    type: 'aws_iam_openid_connect_provider',
    one: { item: { Arn: '{$id}' }, deletedBy: ['DeleteOpenIDConnectProvider'] },
    list: { service: 'iam', operation: 'ListOpenIDConnectProviders' },
    items: 'OpenIDConnectProviderList',
    isGlobal: true,
    details: [described('GetOpenIDConnectProvider', 'OpenIDConnectProviderArn')],
    gone,
    id: '{Arn}',
    arn: '{Arn}',
    name: '{Url}',
  },
  {
    type: 'aws_iam_saml_provider',
    list: { service: 'iam', operation: 'ListSAMLProviders' },
    items: 'SAMLProviderList',
    isGlobal: true,
    details: [described('GetSAMLProvider', 'SAMLProviderArn')],
    gone,
    id: '{Arn}',
    arn: '{Arn}',
    name: '{Arn/}',
  },
  {
    type: 'aws_iam_server_certificate',
    list: paged('ListServerCertificates'),
    items: 'ServerCertificateMetadataList',
    isGlobal: true,
    details: [
      {
        ...detail('ListServerCertificateTags', { ServerCertificateName: '{ServerCertificateName}' }, 'Tags', 'Tags'),
        next: { Marker: 'Marker' },
      },
    ],
    gone,
    id: '{ServerCertificateId}',
    arn: '{Arn}',
    name: '{ServerCertificateName}',
  },
  {
    type: 'aws_iam_account_password_policy',
    list: { service: 'iam', operation: 'GetAccountPasswordPolicy', absent: gone },
    items: 'PasswordPolicy',
    single: true,
    isGlobal: true,
    id: () => 'iam-account-password-policy',
  },
  {
    type: 'aws_iam_account_alias',
    list: paged('ListAccountAliases'),
    items: 'AccountAliases',
    as: 'AccountAlias',
    isGlobal: true,
    id: '{AccountAlias}',
    name: '{AccountAlias}',
  },
]
