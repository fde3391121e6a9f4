import { textAt } from '../path.ts'
import type { Row } from '../row.ts'
import { defaults, listed, pageSize } from './row-parts.ts'

const zones = listed('dns', 'v1 managedZones', 'managedZones', 'dns.managedZones.list')
const managedZones = { ...zones, path: `dns/${zones.path}`, query: { maxResults: '500' } }

/** Names, logs and alerts. */
export const operationsRows: readonly Row[] = [
  {
    type: 'google_dns_managed_zone',
    list: managedZones,
    assets: ['dns.googleapis.com/ManagedZone'],
    id: (item, { $project }) => `projects/${$project}/managedZones/${textAt(item, 'name')}`,
  },
  {
    type: 'google_dns_record_set',
    list: {
      api: 'dns',
      path: 'dns/v1/projects/{$project}/managedZones/{$parent.name}/rrsets',
      items: 'rrsets',
      permission: 'dns.resourceRecordSets.list',
      query: { maxResults: '500' },
      parents: { list: managedZones },
    },
    assets: ['dns.googleapis.com/ResourceRecordSet'],
    get: null,
    id: (item, { $project }) =>
      `projects/${$project}/managedZones/${textAt(item, '$parent.name')}/rrsets/${textAt(item, 'name')}/${textAt(item, 'type')}`,
    name: (item) => textAt(item, 'name'),
    metadata: ['signatureRrdatas'],
    // Each zone has them from the beginning.
    ambient: defaults(
      ({ type, name, $parent }) =>
        ['SOA', 'NS'].includes(String(type)) &&
        name === (typeof $parent === 'object' && $parent !== null && 'dnsName' in $parent ? $parent.dnsName : null),
    ),
  },
  {
    type: 'google_dns_policy',
    list: {
      ...listed('dns', 'v1 policies', 'policies', 'dns.policies.list'),
      path: 'dns/v1/projects/{$project}/policies',
      query: { maxResults: '500' },
    },
    assets: ['dns.googleapis.com/Policy'],
    id: (item, { $project }) => `projects/${$project}/policies/${textAt(item, 'name')}`,
  },
  {
    type: 'google_logging_project_sink',
    list: listed('logging', 'v2 sinks', 'sinks', 'logging.sinks.list', pageSize(500)),
    assets: ['logging.googleapis.com/LogSink'],
    id: (item, { $project }) => `projects/${$project}/sinks/${textAt(item, 'name')}`,
    ambient: defaults(({ name }) => name === '_Default' || name === '_Required'),
  },
  {
    type: 'google_logging_metric',
    list: listed('logging', 'v2 metrics', 'metrics', 'logging.logMetrics.list', pageSize(500)),
    assets: ['logging.googleapis.com/LogMetric'],
    id: (item) => textAt(item, 'name'),
    get: (id, { $project }) => ({ path: `v2/projects/${$project}/metrics/${id}` }),
    name: (item) => textAt(item, 'name'),
  },
  {
    type: 'google_monitoring_alert_policy',
    list: listed('monitoring', 'v3 alertPolicies', 'alertPolicies', 'monitoring.alertPolicies.list', pageSize(500)),
    assets: ['monitoring.googleapis.com/AlertPolicy'],
    labels: 'userLabels',
    metadata: ['mutationRecord', 'validity'],
    name: ({ displayName }) => (typeof displayName === 'string' ? displayName : null),
  },
  {
    type: 'google_monitoring_notification_channel',
    list: listed(
      'monitoring',
      'v3 notificationChannels',
      'notificationChannels',
      'monitoring.notificationChannels.list',
      pageSize(500),
    ),
    assets: ['monitoring.googleapis.com/NotificationChannel'],
    labels: 'userLabels',
    metadata: ['mutationRecords', 'creationRecord'],
    name: ({ displayName }) => (typeof displayName === 'string' ? displayName : null),
  },
]
