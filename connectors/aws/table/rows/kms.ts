import type { Row } from '../row.ts'
import { detail } from './row-parts.ts'

const truncated = 'Truncated'

export const kmsRows: readonly Row[] = [
  {
    type: 'aws_kms_key',
    one: {
      item: { KeyId: '{$id}', KeyArn: 'arn:{$partition}:kms:{$region}:{$account}:key/{$id}' },
      deletedBy: ['ScheduleKeyDeletion'],
    },
    list: {
      service: 'kms',
      operation: 'ListKeys',
      input: { Limit: 1000 },
      next: { Marker: 'NextMarker' },
      truncated,
    },
    items: 'Keys',
    details: [
      detail('DescribeKey', { KeyId: '{KeyId}' }, 'KeyMetadata'),
      {
        ...detail('GetKeyPolicy', { KeyId: '{KeyId}', PolicyName: 'default' }, 'Policy', 'Policy'),
        when: ({ KeyState }) => KeyState !== 'PendingDeletion',
      },
      {
        ...detail('GetKeyRotationStatus', { KeyId: '{KeyId}' }, 'KeyRotationEnabled', 'KeyRotationEnabled'),
        when: ({ KeyState, KeySpec, Origin }) =>
          KeyState !== 'PendingDeletion' && KeySpec === 'SYMMETRIC_DEFAULT' && Origin === 'AWS_KMS',
        absent: ['UnsupportedOperationException'],
      },
      {
        operation: 'ListResourceTags',
        input: { KeyId: '{KeyId}', Limit: 50 },
        next: { Marker: 'NextMarker' },
        take: 'Tags',
        as: 'Tags',
      },
    ],
    gone: ['NotFoundException'],
    // Nothing can be done with it any more; Terraform says that it is gone.
    dropped: ({ KeyState }) => KeyState === 'PendingDeletion',
    id: '{KeyId}',
    arn: '{Arn}',
    ambient: ({ KeyManager }) => (KeyManager === 'AWS' ? 'default' : null),
  },
  {
    type: 'aws_kms_alias',
    list: {
      service: 'kms',
      operation: 'ListAliases',
      input: { Limit: 100 },
      next: { Marker: 'NextMarker' },
      truncated,
    },
    items: 'Aliases',
    id: '{AliasName}',
    arn: '{AliasArn}',
    name: '{AliasName}',
    metadata: ['LastUpdatedDate'],
    ambient: ({ AliasName }) => (String(AliasName).startsWith('alias/aws/') ? 'default' : null),
  },
]
