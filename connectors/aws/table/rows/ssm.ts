import type { Row } from '../row.ts'

const isReadable = ({ Type }: { readonly [name: string]: unknown }): boolean => Type !== 'SecureString'

export const ssmRows: readonly Row[] = [
  {
    type: 'aws_ssm_parameter',
    one: {
      input: { ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['{$id}'] }] },
      deletedBy: ['DeleteParameter'],
    },
    list: {
      service: 'ssm',
      operation: 'DescribeParameters',
      input: { MaxResults: 50 },
      next: { NextToken: 'NextToken' },
    },
    items: 'Parameters',
    batches: [
      {
        operation: 'GetParameters',
        ids: { member: 'Names', each: '{Name}' },
        input: { WithDecryption: false },
        size: 10,
        // A secret's value is never asked for, not even encrypted: its version says that it was written anew.
        when: isReadable,
        answers: 'Parameters',
        key: '{Name}',
        take: 'Value',
        as: 'Value',
      },
    ],
    details: [
      {
        operation: 'ListTagsForResource',
        input: { ResourceType: 'Parameter', ResourceId: '{Name}' },
        take: 'TagList',
        as: 'Tags',
      },
    ],
    gone: ['InvalidResourceId'],
    id: '{Name}',
    name: '{Name}',
    metadata: ['ARN', 'LastModifiedDate', 'LastModifiedUser'],
  },
  {
    type: 'aws_ssm_document',
    list: {
      service: 'ssm',
      operation: 'ListDocuments',
      input: { MaxResults: 50, Filters: [{ Key: 'Owner', Values: ['Self'] }] },
      next: { NextToken: 'NextToken' },
    },
    items: 'DocumentIdentifiers',
    details: [
      { operation: 'DescribeDocument', input: { Name: '{Name}' }, take: 'Document' },
      { operation: 'GetDocument', input: { Name: '{Name}' }, take: 'Content', as: 'Content' },
    ],
    gone: ['InvalidDocument'],
    id: '{Name}',
    arn: 'arn:{$partition}:ssm:{$region}:{$account}:document/{Name}',
    name: '{Name}',
    metadata: ['Status', 'StatusInformation'],
  },
]
