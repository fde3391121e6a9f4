import type { Listing, Row } from '../row.ts'
import { detail } from './row-parts.ts'

const pools: Listing = {
  service: 'cognito-idp',
  operation: 'ListUserPools',
  input: { MaxResults: 60 },
  next: { NextToken: 'NextToken' },
}
const gone = ['ResourceNotFoundException']

export const cognitoRows: readonly Row[] = [
  {
    type: 'aws_cognito_user_pool',
    list: pools,
    items: 'UserPools',
    details: [detail('DescribeUserPool', { UserPoolId: '{Id}' }, 'UserPool')],
    gone,
    id: '{Id}',
    arn: '{Arn}',
    name: '{Name}',
    tags: 'UserPoolTags',
    metadata: ['EstimatedNumberOfUsers', 'LastModifiedDate', 'Status'],
  },
  {
    type: 'aws_cognito_user_pool_client',
    list: {
      service: 'cognito-idp',
      operation: 'ListUserPoolClients',
      input: { UserPoolId: '{$parent.Id}', MaxResults: 60 },
      next: { NextToken: 'NextToken' },
      parents: { list: pools, items: 'UserPools' },
      absent: gone,
    },
    items: 'UserPoolClients',
    details: [
      detail('DescribeUserPoolClient', { UserPoolId: '{UserPoolId}', ClientId: '{ClientId}' }, 'UserPoolClient'),
    ],
    gone,
    id: '{ClientId}',
    name: '{ClientName}',
    metadata: ['LastModifiedDate'],
  },
]
