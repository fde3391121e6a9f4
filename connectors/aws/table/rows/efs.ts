import type { Listing, Row } from '../row.ts'
import { detail } from './row-parts.ts'

const fileSystems: Listing = {
  service: 'elasticfilesystem',
  operation: 'DescribeFileSystems',
  input: { MaxItems: 100 },
  next: { Marker: 'NextMarker' },
}
const gone = ['FileSystemNotFound']

export const efsRows: readonly Row[] = [
  {
    type: 'aws_efs_file_system',
    list: fileSystems,
    items: 'FileSystems',
    details: [
      {
        ...detail(
          'DescribeLifecycleConfiguration',
          { FileSystemId: '{FileSystemId}' },
          'LifecyclePolicies',
          'LifecyclePolicies',
        ),
        mayBeAbsent: true,
      },
    ],
    gone,
    id: '{FileSystemId}',
    arn: '{FileSystemArn}',
    metadata: ['LifeCycleState', 'NumberOfMountTargets', 'SizeInBytes'],
  },
  {
    type: 'aws_efs_file_system_policy',
    list: fileSystems,
    items: 'FileSystems',
    keep: ['FileSystemId'],
    details: [
      {
        ...detail('DescribeFileSystemPolicy', { FileSystemId: '{FileSystemId}' }, 'Policy', 'Policy'),
        absent: ['PolicyNotFound'],
        isTheThing: true,
      },
    ],
    gone,
    id: '{FileSystemId}',
  },
  {
    type: 'aws_efs_mount_target',
    list: {
      service: 'elasticfilesystem',
      operation: 'DescribeMountTargets',
      input: { FileSystemId: '{$parent.FileSystemId}', MaxItems: 100 },
      next: { Marker: 'NextMarker' },
      parents: { list: fileSystems, items: 'FileSystems' },
      absent: gone,
    },
    items: 'MountTargets',
    details: [
      detail(
        'DescribeMountTargetSecurityGroups',
        { MountTargetId: '{MountTargetId}' },
        'SecurityGroups',
        'SecurityGroups',
      ),
    ],
    gone: ['MountTargetNotFound'],
    id: '{MountTargetId}',
    metadata: ['LifeCycleState'],
  },
  {
    type: 'aws_efs_access_point',
    list: {
      service: 'elasticfilesystem',
      operation: 'DescribeAccessPoints',
      input: { MaxResults: 100 },
      next: { NextToken: 'NextToken' },
    },
    items: 'AccessPoints',
    id: '{AccessPointId}',
    arn: '{AccessPointArn}',
    metadata: ['LifeCycleState'],
  },
]
