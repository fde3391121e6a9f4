import type { JsonObject } from '../../../../model/json.ts'
import type { Ambient, Row } from '../row.ts'
import { each, ec2Arn, hasTag, isSet, objectsIn, oneOfEc2, pagedEc2, terraformHash, textOf } from './row-parts.ts'

const volumes = pagedEc2('DescribeVolumes')

/** An instance's first disk, which is made with it, and what goes with it when it goes. */
const isOfInstance = ({ DeleteOnTermination, Device }: JsonObject): boolean =>
  DeleteOnTermination === true || /^\/dev\/(?:sda1?|xvda)$/.test(String(Device))

/** An instance's first interface, which is made with it, and what goes with it when it goes. */
const isFirstOrLent = ({ DeleteOnTermination, DeviceIndex, InstanceId }: JsonObject): boolean =>
  DeleteOnTermination === true || (DeviceIndex === 0 && isSet(InstanceId))

const goesWithInstance = (item: JsonObject): Ambient | null =>
  objectsIn(item, 'Attachments').some(isOfInstance) ? 'child' : null

const stateName = (item: JsonObject): unknown => (item.State as JsonObject | undefined)?.Name

/** An interface that a service made for itself, and takes away itself. */
const isOfService = ({ RequesterManaged, Operator, Attachment }: JsonObject): boolean => {
  const owner = (Attachment as JsonObject | undefined)?.InstanceOwnerId
  const isManaged = (Operator as JsonObject | undefined)?.Managed === true
  return RequesterManaged === true || isManaged || (typeof owner === 'string' && owner.startsWith('amazon-'))
}

const attachmentId = (item: JsonObject): string => {
  const [device, instance, volume] = ['Device', 'InstanceId', 'VolumeId'].map((member) => textOf(item, member))
  return `vai-${terraformHash(`${device}-${instance}-${volume}-`)}`
}

export const ec2ComputeRows: readonly Row[] = [
  {
    type: 'aws_instance',
    one: oneOfEc2('InstanceIds', ['InvalidInstanceID.NotFound'], ['TerminateInstances']),
    list: pagedEc2('DescribeInstances'),
    items: 'Reservations',
    split: each('Instances'),
    skip: (item) => stateName(item) === 'terminated',
    id: '{InstanceId}',
    arn: ec2Arn('instance', 'InstanceId'),
    metadata: [
      'AmiLaunchIndex',
      'BlockDeviceMappings',
      'ClientToken',
      'LaunchTime',
      'NetworkInterfaces',
      'PublicDnsName',
      'StateReason',
      'StateTransitionReason',
      'UsageOperationUpdateTime',
    ],
    ambient: (item) => (hasTag(item, 'aws:autoscaling:groupName') ? 'child' : null),
  },
  {
    type: 'aws_ebs_volume',
    one: oneOfEc2('VolumeIds', ['InvalidVolume.NotFound'], ['DeleteVolume']),
    list: volumes,
    items: 'Volumes',
    id: '{VolumeId}',
    arn: ec2Arn('volume', 'VolumeId'),
    metadata: ['Attachments', 'State', 'VolumeArn'],
    ambient: goesWithInstance,
  },
  {
    type: 'aws_volume_attachment',
    list: volumes,
    items: 'Volumes',
    split: each('Attachments'),
    id: attachmentId,
    name: '{Device}',
    metadata: ['AttachTime', 'State'],
    ambient: (attachment) => (isOfInstance(attachment) ? 'child' : null),
  },
  {
    type: 'aws_ebs_snapshot',
    one: oneOfEc2('SnapshotIds', ['InvalidSnapshot.NotFound'], ['DeleteSnapshot'], { OwnerIds: ['self'] }),
    list: pagedEc2('DescribeSnapshots', 1000, { OwnerIds: ['self'] }),
    items: 'Snapshots',
    id: '{SnapshotId}',
    arn: 'arn:{$partition}:ec2:{$region}::snapshot/{SnapshotId}',
    metadata: ['CompletionTime', 'FullSnapshotSizeInBytes', 'Progress', 'State', 'StateMessage'],
  },
  {
    type: 'aws_ami',
    one: oneOfEc2('ImageIds', ['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable'], ['DeregisterImage'], {
      Owners: ['self'],
    }),
    list: pagedEc2('DescribeImages', 1000, { Owners: ['self'] }),
    items: 'Images',
    id: '{ImageId}',
    arn: 'arn:{$partition}:ec2:{$region}::image/{ImageId}',
    name: '{Name}',
    metadata: ['LastLaunchedTime', 'State', 'StateReason'],
  },
  {
    type: 'aws_network_interface',
    one: oneOfEc2('NetworkInterfaceIds', ['InvalidNetworkInterfaceID.NotFound'], ['DeleteNetworkInterface']),
    list: pagedEc2('DescribeNetworkInterfaces'),
    items: 'NetworkInterfaces',
    skip: isOfService,
    id: '{NetworkInterfaceId}',
    arn: ec2Arn('network-interface', 'NetworkInterfaceId'),
    tags: 'TagSet',
    metadata: ['Association', 'Attachment.AttachTime', 'Attachment.Status', 'PrivateIpAddresses.Association', 'Status'],
    ambient: ({ Attachment }) => (isFirstOrLent((Attachment ?? {}) as JsonObject) ? 'child' : null),
  },
  {
    type: 'aws_key_pair',
    // It has no pages.
    list: { service: 'ec2', operation: 'DescribeKeyPairs' },
    items: 'KeyPairs',
    id: '{KeyName}',
    arn: 'arn:{$partition}:ec2:{$region}:{$account}:key-pair/{KeyName}',
    name: '{KeyName}',
  },
  {
    type: 'aws_launch_template',
    one: oneOfEc2('LaunchTemplateIds', ['InvalidLaunchTemplateId.NotFound'], ['DeleteLaunchTemplate']),
    list: pagedEc2('DescribeLaunchTemplates', 200),
    items: 'LaunchTemplates',
    details: [
      {
        operation: 'DescribeLaunchTemplateVersions',
        input: { LaunchTemplateId: '{LaunchTemplateId}', Versions: ['$Latest', '$Default'] },
        take: 'LaunchTemplateVersions',
        as: 'Versions',
      },
    ],
    gone: ['InvalidLaunchTemplateId.NotFound'],
    id: '{LaunchTemplateId}',
    arn: ec2Arn('launch-template', 'LaunchTemplateId'),
    name: '{LaunchTemplateName}',
  },
]
