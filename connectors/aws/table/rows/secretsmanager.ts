import type { Row } from '../row.ts'
import { isSet } from './row-parts.ts'

/** Values are never asked for. That one was written anew shows in the versions. */
export const secretsmanagerRows: readonly Row[] = [
  {
    type: 'aws_secretsmanager_secret',
    list: {
      service: 'secretsmanager',
      operation: 'ListSecrets',
      input: { MaxResults: 100 },
      next: { NextToken: 'NextToken' },
    },
    items: 'SecretList',
    details: [
      { operation: 'DescribeSecret', input: { SecretId: '{ARN}' } },
      {
        operation: 'GetResourcePolicy',
        input: { SecretId: '{ARN}' },
        take: 'ResourcePolicy',
        as: 'ResourcePolicy',
        // Most have none.
        mayBeAbsent: true,
      },
    ],
    gone: ['ResourceNotFoundException'],
    id: '{ARN}',
    arn: '{ARN}',
    name: '{Name}',
    metadata: [
      'LastAccessedDate',
      'LastChangedDate',
      'LastRotatedDate',
      'NextRotationDate',
      'ReplicationStatus.LastAccessedDate',
      'ReplicationStatus.Status',
      'ReplicationStatus.StatusMessage',
      // The listing's form of what the description says better.
      'SecretVersionsToStages',
    ],
    ambient: ({ OwningService }) => (isSet(OwningService) ? 'child' : null),
  },
]
