import type { Row } from '../row.ts'

export const redshiftRows: readonly Row[] = [
  {
    type: 'aws_redshift_cluster',
    list: {
      service: 'redshift',
      operation: 'DescribeClusters',
      input: { MaxRecords: 100 },
      next: { Marker: 'Marker' },
    },
    items: 'Clusters',
    id: '{ClusterIdentifier}',
    arn: 'arn:{$partition}:redshift:{$region}:{$account}:cluster:{ClusterIdentifier}',
    name: '{ClusterIdentifier}',
    metadata: [
      'ClusterAvailabilityStatus',
      'ClusterNodes',
      'ClusterParameterGroups.ClusterParameterStatusList',
      'ClusterParameterGroups.ParameterApplyStatus',
      'ClusterStatus',
      'ExpectedNextSnapshotScheduleTime',
      'ExpectedNextSnapshotScheduleTimeStatus',
      'NextMaintenanceWindowStartTime',
      'PendingModifiedValues',
      'TotalStorageCapacityInMegaBytes',
      'VpcSecurityGroups.Status',
    ],
  },
]
