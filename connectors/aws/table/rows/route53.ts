import type { JsonObject } from '../../../../model/json.ts'
import type { Batch, Listing, Row } from '../row.ts'
import { detail, isSet, textOf } from './row-parts.ts'

const zones: Listing = {
  service: 'route53',
  operation: 'ListHostedZones',
  input: { MaxItems: 100 },
  next: { Marker: 'NextMarker' },
  truncated: 'IsTruncated',
}

const tagsOf = (type: 'hostedzone' | 'healthcheck'): Batch => ({
  operation: 'ListTagsForResources',
  input: { ResourceType: type },
  ids: { member: 'ResourceIds', each: '{Id/}' },
  size: 10,
  answers: 'ResourceTagSets',
  key: '{ResourceId}',
  take: 'Tags',
  as: 'Tags',
})

/** DNS writes a star and the like as octal numbers; names end in a dot. */
const plainName = (name: string): string =>
  name
    .replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\.$/, '')
    .toLowerCase()

const join = (zone: string, name: string, type: string, set: unknown): string =>
  [zone, plainName(name), type, ...(typeof set === 'string' && set !== '' ? [set] : [])].join('_')

const zoneOf = ({ $parent }: JsonObject): JsonObject => $parent as JsonObject

const lastPart = (text: string): string => text.slice(text.lastIndexOf('/') + 1)

/** The two records that a zone has from its beginning. */
const isOfZone = (item: JsonObject): boolean =>
  (item.Type === 'SOA' || item.Type === 'NS') && item.Name === zoneOf(item).Name

/** DNS names are global, and so is what says them. */
export const route53Rows: readonly Row[] = [
  {
    type: 'aws_route53_zone',
    list: zones,
    items: 'HostedZones',
    isGlobal: true,
    batches: [tagsOf('hostedzone')],
    details: [
      {
        ...detail('GetHostedZone', { Id: '{Id/}' }, 'VPCs', 'VPCs'),
        // A public zone has none.
        mayBeAbsent: true,
      },
    ],
    gone: ['NoSuchHostedZone'],
    id: '{Id/}',
    arn: 'arn:{$partition}:route53:::hostedzone/{Id/}',
    name: '{Name}',
    metadata: ['ResourceRecordSetCount'],
    ambient: ({ LinkedService }) => (isSet(LinkedService) ? 'child' : null),
  },
  {
    type: 'aws_route53_record',
    list: {
      service: 'route53',
      operation: 'ListResourceRecordSets',
      input: { HostedZoneId: '{$parent.Id/}', MaxItems: 300 },
      next: {
        StartRecordName: 'NextRecordName',
        StartRecordType: 'NextRecordType',
        StartRecordIdentifier: 'NextRecordIdentifier',
      },
      truncated: 'IsTruncated',
      parents: { list: zones, items: 'HostedZones' },
      absent: ['NoSuchHostedZone'],
    },
    items: 'ResourceRecordSets',
    isGlobal: true,
    id: (item) =>
      join(lastPart(textOf(zoneOf(item), 'Id')), textOf(item, 'Name'), textOf(item, 'Type'), item.SetIdentifier),
    // Terraform's own id has the name as somebody wrote it, whole or without the zone's.
    idInState: (attributes) =>
      join(
        textOf(attributes, 'zone_id'),
        textOf(attributes, 'fqdn'),
        textOf(attributes, 'type'),
        attributes.set_identifier,
      ),
    name: '{Name}',
    ambient: (item) => (isOfZone(item) ? 'child' : null),
  },
  {
    type: 'aws_route53_health_check',
    list: {
      service: 'route53',
      operation: 'ListHealthChecks',
      input: { MaxItems: 100 },
      next: { Marker: 'NextMarker' },
      truncated: 'IsTruncated',
    },
    items: 'HealthChecks',
    isGlobal: true,
    batches: [tagsOf('healthcheck')],
    id: '{Id}',
    arn: 'arn:{$partition}:route53:::healthcheck/{Id}',
    ambient: ({ LinkedService }) => (isSet(LinkedService) ? 'child' : null),
  },
]
