import type { Row } from '../row.ts'
import { detail } from './row-parts.ts'

export const cloudfrontRows: readonly Row[] = [
  {
    type: 'aws_cloudfront_distribution',
    list: {
      service: 'cloudfront',
      operation: 'ListDistributions',
      input: { MaxItems: 100 },
      next: { Marker: 'DistributionList.NextMarker' },
      truncated: 'DistributionList.IsTruncated',
    },
    items: 'DistributionList.Items',
    // Left out where there is none.
    mayBeAbsent: true,
    isGlobal: true,
    keep: ['Id', 'ARN', 'DomainName'],
    details: [
      detail('GetDistributionConfig', { Id: '{Id}' }, 'DistributionConfig'),
      detail('ListTagsForResource', { Resource: '{ARN}' }, 'Tags.Items', 'Tags'),
    ],
    gone: ['NoSuchDistribution', 'NoSuchResource'],
    id: '{Id}',
    arn: '{ARN}',
    name: '{DomainName}',
  },
]
