import type { Row } from '../row.ts'

const tags = {
  operation: 'ListTagsForResource',
  input: { ResourceARN: '{ARN}' },
  next: { NextMarker: 'NextMarker' },
  take: 'TagInfoForResource.TagList',
  as: 'Tags',
} as const

export const wafv2Rows: readonly Row[] = [
  {
    // Those of CloudFront are asked for elsewhere and otherwise, and are not read.
    type: 'aws_wafv2_web_acl',
    list: {
      service: 'wafv2',
      operation: 'ListWebACLs',
      input: { Scope: 'REGIONAL', Limit: 100 },
      next: { NextMarker: 'NextMarker' },
    },
    items: 'WebACLs',
    details: [
      { operation: 'GetWebACL', input: { Name: '{Name}', Id: '{Id}', Scope: 'REGIONAL' }, take: 'WebACL' },
      tags,
    ],
    gone: ['WAFNonexistentItemException'],
    id: '{Id}',
    arn: '{ARN}',
    name: '{Name}',
    metadata: ['Capacity', 'LockToken'],
    ambient: ({ ManagedByFirewallManager }) => (ManagedByFirewallManager === true ? 'child' : null),
  },
]
