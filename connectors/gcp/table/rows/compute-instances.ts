import type { JsonObject } from '../../../../model/json.ts'
import { objectsIn, valueAt } from '../path.ts'
import type { Row } from '../row.ts'
import { apart, everywhere, globally } from './compute-parts.ts'
import { children, defaults } from './row-parts.ts'

const asset = (name: string): readonly string[] => [`compute.googleapis.com/${name}`]

/** A managed group says of each instance that it made who did; GKE by a label as well. */
const isManaged = (item: JsonObject): boolean =>
  objectsIn(item, 'metadata.items').some(({ key }) => key === 'created-by') || isOfGke(item)

const isOfGke = (item: JsonObject): boolean => valueAt(item, 'labels.goog-gke-node') !== undefined

/** The group below a managed group says so in the description that Google writes. */
const isOfManager = ({ description }: JsonObject): boolean =>
  /controlled by instance group manager/i.test(String(description))

export const computeInstanceRows: readonly Row[] = [
  {
    type: 'google_compute_instance',
    list: everywhere('instances'),
    assets: asset('Instance'),
    metadata: [
      ...['resourceStatus', 'lastStartTimestamp', 'lastStopTimestamp', 'lastSuspendedTimestamp', 'cpuPlatform'],
      ...['statusMessage', 'disks.kind', 'networkInterfaces.fingerprint', 'networkInterfaces.kind', 'satisfiesPzi'],
      ...[
        'disks.shieldedInstanceInitialState',
        'upcomingMaintenance',
        'metadata.kind',
        'networkInterfaces.accessConfigs.kind',
      ],
    ],
    ambient: children(isManaged),
  },
  ...apart(
    'disks',
    'Disk',
    { zonal: 'google_compute_disk', regional: 'google_compute_region_disk' },
    {
      // Who uses it is said by the instance.
      metadata: ['lastAttachTimestamp', 'lastDetachTimestamp', 'status', 'users', 'sourceImageId', 'sourceSnapshotId'],
      ambient: children(isOfGke),
    },
  ),
  ...apart('instanceTemplates', 'InstanceTemplate', {
    global: 'google_compute_instance_template',
    regional: 'google_compute_region_instance_template',
  }),
  ...apart(
    'instanceGroupManagers',
    'InstanceGroupManager',
    { zonal: 'google_compute_instance_group_manager', regional: 'google_compute_region_instance_group_manager' },
    { metadata: ['status', 'currentActions', 'instanceGroup'] },
  ),
  {
    type: 'google_compute_instance_group',
    list: everywhere('instanceGroups'),
    assets: asset('InstanceGroup'),
    only: ({ zone }) => typeof zone === 'string',
    metadata: ['size'],
    ambient: children(isOfManager),
  },
  ...apart(
    'autoscalers',
    'Autoscaler',
    { zonal: 'google_compute_autoscaler', regional: 'google_compute_region_autoscaler' },
    { metadata: ['recommendedSize', 'status', 'statusDetails', 'scalingScheduleStatus'] },
  ),
  {
    type: 'google_compute_resource_policy',
    list: everywhere('resourcePolicies'),
    assets: asset('ResourcePolicy'),
    metadata: ['status', 'resourceStatus'],
  },
  {
    type: 'google_compute_reservation',
    list: everywhere('reservations'),
    assets: asset('Reservation'),
    metadata: ['status', 'resourceStatus', 'specificReservation.inUseCount'],
  },
  {
    type: 'google_compute_node_template',
    list: everywhere('nodeTemplates'),
    assets: asset('NodeTemplate'),
    metadata: ['status'],
  },
  {
    type: 'google_compute_node_group',
    list: everywhere('nodeGroups'),
    assets: asset('NodeGroup'),
    metadata: ['status', 'size'],
  },
  {
    type: 'google_compute_image',
    list: globally('images'),
    assets: asset('Image'),
    metadata: ['status', 'archiveSizeBytes', 'sourceDiskId'],
  },
  {
    type: 'google_compute_snapshot',
    list: globally('snapshots'),
    assets: asset('Snapshot'),
    metadata: ['status', 'storageBytes', 'storageBytesStatus', 'downloadBytes', 'sourceDiskId'],
    // A schedule made it.
    ambient: children(({ autoCreated }) => autoCreated === true),
  },
  {
    type: 'google_compute_project_metadata',
    list: {
      api: 'compute',
      path: 'projects/{$project}',
      items: 'commonInstanceMetadata',
      single: true,
      permission: 'compute.projects.get',
    },
    assets: asset('Project'),
    split: ({ commonInstanceMetadata }) => [{ commonInstanceMetadata: commonInstanceMetadata ?? {} }],
    id: (_, { $project }) => $project,
    name: () => null,
    metadata: ['commonInstanceMetadata.fingerprint', 'commonInstanceMetadata.kind'],
    ambient: defaults((item) => objectsIn(item, 'commonInstanceMetadata.items').length === 0),
  },
]
