import { lastPart, textAt } from '../path.ts'
import type { Row } from '../row.ts'
import { listed, listedByPlace, pageSize, regions } from './row-parts.ts'

const clusters = listed('container', 'v1 locations/-/clusters', 'clusters', 'container.clusters.list')

const ofGke = [
  ...[
    'currentNodeCount',
    'conditions',
    'currentMasterVersion',
    'currentNodeVersion',
    'status',
    'statusMessage',
    'expireTime',
  ],
  ...[
    'endpoint',
    'instanceGroupUrls',
    'nodePools',
    'masterAuth.clusterCaCertificate',
    'privateClusterConfig.peeringName',
  ],
]

export const serviceRows: readonly Row[] = [
  {
    type: 'google_container_cluster',
    list: clusters,
    assets: ['container.googleapis.com/Cluster'],
    id: (item, { $project }) =>
      `projects/${$project}/locations/${textAt(item, 'location')}/clusters/${textAt(item, 'name')}`,
    labels: 'resourceLabels',
    metadata: ofGke,
  },
  {
    type: 'google_container_node_pool',
    list: clusters,
    assets: ['container.googleapis.com/NodePool'],
    get: (id, { $project }) =>
      id.startsWith(`projects/${$project}/`) ? { path: `v1/${id.replace(/\/nodePools\/[^/]*$/, '')}` } : null,
    split: ({ nodePools, name, location }) =>
      (Array.isArray(nodePools) ? nodePools : []).map((pool) => ({
        ...(pool as object),
        $parent: { name: name ?? null, location: location ?? null },
      })),
    id: (item, { $project }) =>
      `projects/${$project}/locations/${textAt(item, '$parent.location')}/clusters/${textAt(item, '$parent.name')}/nodePools/${textAt(item, 'name')}`,
    metadata: [
      'status',
      'statusMessage',
      'conditions',
      'instanceGroupUrls',
      'version',
      'podIpv4CidrSize',
      'updateInfo',
    ],
    labels: 'config.resourceLabels',
  },
  {
    type: 'google_pubsub_topic',
    list: listed('pubsub', 'v1 topics', 'topics', 'pubsub.topics.list', pageSize(1000)),
    assets: ['pubsub.googleapis.com/Topic'],
    metadata: ['state'],
  },
  {
    type: 'google_pubsub_subscription',
    list: listed('pubsub', 'v1 subscriptions', 'subscriptions', 'pubsub.subscriptions.list', pageSize(1000)),
    assets: ['pubsub.googleapis.com/Subscription'],
    metadata: ['state', 'topicMessageRetentionDuration'],
  },
  {
    type: 'google_pubsub_schema',
    list: listed('pubsub', 'v1 schemas', 'schemas', 'pubsub.schemas.list', {
      query: { view: 'FULL', pageSize: '1000' },
    }),
    assets: ['pubsub.googleapis.com/Schema'],
    metadata: ['revisionCreateTime'],
  },
  {
    type: 'google_artifact_registry_repository',
    list: listedByPlace('artifactregistry', 'v1', 'repositories', 'artifactregistry.repositories.list'),
    assets: ['artifactregistry.googleapis.com/Repository'],
    metadata: ['sizeBytes', 'registryUri'],
  },
  {
    type: 'google_redis_instance',
    list: listed('redis', 'v1 locations/-/instances', 'instances', 'redis.instances.list', pageSize(500)),
    assets: ['redis.googleapis.com/Instance'],
    metadata: ['state', 'statusMessage', 'currentLocationId', 'serverCaCerts', 'nodes'],
  },
  {
    type: 'google_memcache_instance',
    list: listed('memcache', 'v1 locations/-/instances', 'instances', 'memcache.instances.list', pageSize(500)),
    assets: ['memcache.googleapis.com/Instance'],
    metadata: ['state', 'memcacheNodes', 'instanceMessages'],
  },
  {
    type: 'google_filestore_instance',
    list: listed('file', 'v1 locations/-/instances', 'instances', 'file.instances.list', pageSize(500)),
    assets: ['file.googleapis.com/Instance'],
    metadata: ['state', 'statusMessage'],
  },
  {
    type: 'google_alloydb_cluster',
    list: listed('alloydb', 'v1 locations/-/clusters', 'clusters', 'alloydb.clusters.list', pageSize(500)),
    assets: ['alloydb.googleapis.com/Cluster'],
    metadata: ['state', 'continuousBackupInfo', 'trialMetadata', 'encryptionInfo'],
  },
  {
    type: 'google_cloud_scheduler_job',
    list: listedByPlace('cloudscheduler', 'v1', 'jobs', 'cloudscheduler.jobs.list'),
    assets: ['cloudscheduler.googleapis.com/Job'],
    metadata: ['status', 'scheduleTime', 'lastAttemptTime', 'userUpdateTime'],
  },
  {
    type: 'google_cloud_tasks_queue',
    list: listedByPlace('cloudtasks', 'v2', 'queues', 'cloudtasks.queues.list'),
    assets: ['cloudtasks.googleapis.com/Queue'],
    metadata: ['purgeTime', 'stats'],
  },
  {
    type: 'google_vpc_access_connector',
    list: listedByPlace('vpcaccess', 'v1', 'connectors', 'vpcaccess.connectors.list'),
    assets: ['vpcaccess.googleapis.com/Connector'],
    metadata: ['state', 'connectedProjects'],
  },
  {
    type: 'google_composer_environment',
    list: {
      ...listedByPlace('composer', 'v1', 'environments', 'composer.environments.list', regions),
      path: 'v1/projects/{$project}/locations/{$parent.name}/environments',
    },
    assets: ['composer.googleapis.com/Environment'],
    metadata: ['state', 'uuid', 'config.nodeCount'],
  },
  {
    type: 'google_certificate_manager_certificate',
    list: listedByPlace('certificatemanager', 'v1', 'certificates', 'certificatemanager.certs.list'),
    assets: ['certificatemanager.googleapis.com/Certificate'],
    metadata: [
      'expireTime',
      'managed.state',
      'managed.provisioningIssue',
      'managed.authorizationAttemptInfo',
      'pemCertificate',
      'usedBy',
    ],
  },
  {
    type: 'google_eventarc_trigger',
    list: listedByPlace('eventarc', 'v1', 'triggers', 'eventarc.triggers.list'),
    assets: ['eventarc.googleapis.com/Trigger'],
    metadata: ['conditions'],
  },
  {
    type: 'google_workflows_workflow',
    list: listedByPlace('workflows', 'v1', 'workflows', 'workflows.workflows.list'),
    assets: ['workflows.googleapis.com/Workflow'],
    // Its answer has the source, too.
    get: null,
    metadata: ['state', 'revisionCreateTime', 'stateError', 'allKmsKeys'],
  },
  {
    type: 'google_dataproc_cluster',
    list: {
      ...listedByPlace('dataproc', 'v1', 'clusters', 'dataproc.clusters.list', regions),
      path: 'v1/projects/{$project}/regions/{$parent.name}/clusters',
    },
    assets: ['dataproc.googleapis.com/Cluster'],
    // Its answer lacks the region.
    get: null,
    id: (item, { $project }) =>
      `projects/${$project}/regions/${textAt(item, '$parent.name')}/clusters/${textAt(item, 'clusterName')}`,
    name: (item) => textAt(item, 'clusterName'),
    metadata: [
      'status',
      'statusHistory',
      'metrics',
      'clusterUuid',
      'config.masterConfig.instanceNames',
      'config.workerConfig.instanceNames',
    ],
  },
  {
    type: 'google_cloudbuild_trigger',
    list: { ...listed('cloudbuild', 'v1 triggers', 'triggers', 'cloudbuild.builds.list', pageSize(500)) },
    assets: ['cloudbuild.googleapis.com/BuildTrigger'],
    id: (item, { $project }) => {
      const { resourceName } = item
      return typeof resourceName === 'string'
        ? resourceName.replace(/^projects\/[^/]+/, `projects/${$project}`)
        : `projects/${$project}/locations/global/triggers/${textAt(item, 'id')}`
    },
  },
  {
    type: 'google_org_policy_policy',
    list: listed('orgpolicy', 'v2 policies', 'policies', 'orgpolicy.policies.list', pageSize(500)),
    assets: ['orgpolicy.googleapis.com/Policy'],
    get: null,
    id: (item, { $project }) => `projects/${$project}/policies/${lastPart(textAt(item, 'name'))}`,
    metadata: ['spec.etag', 'spec.updateTime', 'dryRunSpec.etag', 'dryRunSpec.updateTime'],
  },
]
