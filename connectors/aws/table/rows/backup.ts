import type { Row } from '../row.ts'

const tags = (arn: string) =>
  ({
    operation: 'ListTags',
    input: { ResourceArn: arn },
    take: 'Tags',
    as: 'Tags',
    mayBeAbsent: true,
  }) as const

export const backupRows: readonly Row[] = [
  {
    type: 'aws_backup_vault',
    list: {
      service: 'backup',
      operation: 'ListBackupVaults',
      input: { MaxResults: 1000 },
      next: { NextToken: 'NextToken' },
    },
    items: 'BackupVaultList',
    details: [tags('{BackupVaultArn}')],
    gone: ['ResourceNotFoundException'],
    id: '{BackupVaultName}',
    arn: '{BackupVaultArn}',
    name: '{BackupVaultName}',
    metadata: ['NumberOfRecoveryPoints', 'VaultState'],
    ambient: ({ BackupVaultName }) => (/^(?:Default|aws\/.*)$/.test(String(BackupVaultName)) ? 'default' : null),
  },
  {
    type: 'aws_backup_plan',
    list: {
      service: 'backup',
      operation: 'ListBackupPlans',
      input: { MaxResults: 1000 },
      next: { NextToken: 'NextToken' },
    },
    items: 'BackupPlansList',
    details: [
      { operation: 'GetBackupPlan', input: { BackupPlanId: '{BackupPlanId}' }, take: 'BackupPlan', as: 'BackupPlan' },
      tags('{BackupPlanArn}'),
    ],
    gone: ['ResourceNotFoundException'],
    id: '{BackupPlanId}',
    arn: '{BackupPlanArn}',
    name: '{BackupPlanName}',
    metadata: ['LastExecutionDate'],
  },
]
