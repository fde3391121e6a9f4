import type { Listing, Row } from '../row.ts'

const organization: Listing = {
  service: 'organizations',
  operation: 'DescribeOrganization',
  absent: ['AWSOrganizationsNotInUseException'],
}

export const organizationsRows: readonly Row[] = [
  {
    type: 'aws_organizations_account',
    list: {
      service: 'organizations',
      operation: 'ListAccounts',
      input: { MaxResults: 20 },
      next: { NextToken: 'NextToken' },
      parents: {
        list: organization,
        items: 'Organization',
        single: true,
        // Any other account of the organization is refused the list.
        only: ({ MasterAccountId }, { $account }) => MasterAccountId === $account,
      },
    },
    items: 'Accounts',
    isGlobal: true,
    details: [
      {
        operation: 'ListTagsForResource',
        input: { ResourceId: '{Id}' },
        next: { NextToken: 'NextToken' },
        take: 'Tags',
        as: 'Tags',
      },
    ],
    gone: ['TargetNotFoundException'],
    id: '{Id}',
    arn: '{Arn}',
    name: '{Name}',
  },
]
