import type { JsonObject } from '../../../../model/json.ts'
import type { Detail, Row } from '../row.ts'

const tags = {
  operation: 'ListTagsForResource',
  input: { ResourceARN: '{ARN}' },
  next: { NextMarker: 'NextMarker' },
  take: 'TagInfoForResource.TagList',
  as: 'Tags',
} as const

/** `arn:aws:wafv2:us-east-1:111122223333:global/webacl/…` */
const isOfCloudFront = ({ ARN }: JsonObject): boolean => String(ARN).split(':')[5]?.startsWith('global/') === true

const wholeOf = (Scope: string, when: NonNullable<Detail['when']>): Detail => ({
  operation: 'GetWebACL',
  input: { Name: '{Name}', Id: '{Id}', Scope },
  take: 'WebACL',
  when,
})

export const wafv2Rows: readonly Row[] = [
  {
    type: 'aws_wafv2_web_acl',
    list: {
      service: 'wafv2',
      operation: 'ListWebACLs',
      input: { Limit: 100 },
      // Those of CloudFront stand in this one region, whatever the partition.
      inputs: ({ $region }) => [{ Scope: 'REGIONAL' }, ...($region === 'us-east-1' ? [{ Scope: 'CLOUDFRONT' }] : [])],
      next: { NextMarker: 'NextMarker' },
    },
    items: 'WebACLs',
    details: [wholeOf('REGIONAL', (item) => !isOfCloudFront(item)), wholeOf('CLOUDFRONT', isOfCloudFront), tags],
    gone: ['WAFNonexistentItemException'],
    id: '{Id}',
    arn: '{ARN}',
    name: '{Name}',
    metadata: ['Capacity', 'LockToken'],
    ambient: ({ ManagedByFirewallManager }) => (ManagedByFirewallManager === true ? 'child' : null),
  },
]
