import type { Row } from '../row.ts'

export const cloudtrailRows: readonly Row[] = [
  {
    type: 'aws_cloudtrail',
    // Where a trail shows that it was made elsewhere it is another region's. It has no pages.
    list: { service: 'cloudtrail', operation: 'DescribeTrails', input: { includeShadowTrails: false } },
    items: 'trailList',
    // An organization's trail is listed in each of its accounts.
    only: ({ TrailARN }, { $account }) => String(TrailARN).split(':')[4] === $account,
    batches: [
      {
        operation: 'ListTags',
        ids: { member: 'ResourceIdList', each: '{TrailARN}' },
        size: 20,
        answers: 'ResourceTagList',
        key: '{ResourceId}',
        take: 'TagsList',
        as: 'Tags',
      },
    ],
    details: [{ operation: 'GetEventSelectors', input: { TrailName: '{TrailARN}' } }],
    gone: ['TrailNotFoundException'],
    id: '{TrailARN}',
    arn: '{TrailARN}',
    name: '{Name}',
  },
]
