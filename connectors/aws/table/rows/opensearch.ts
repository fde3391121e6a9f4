import type { Row } from '../row.ts'
import { detail } from './row-parts.ts'

export const opensearchRows: readonly Row[] = [
  {
    type: 'aws_opensearch_domain',
    // It has no pages.
    list: { service: 'opensearch', operation: 'ListDomainNames' },
    items: 'DomainNames',
    batches: [
      {
        operation: 'DescribeDomains',
        ids: { member: 'DomainNames', each: '{DomainName}' },
        size: 5,
        answers: 'DomainStatusList',
        key: '{DomainName}',
      },
    ],
    details: [detail('ListTags', { ARN: '{ARN}' }, 'TagList', 'Tags')],
    gone: ['ResourceNotFoundException'],
    // It is listed until it is gone for good.
    dropped: ({ Deleted }) => Deleted === true,
    id: '{ARN}',
    arn: '{ARN}',
    name: '{DomainName}',
    metadata: [
      'ChangeProgressDetails',
      'Created',
      'DomainProcessingStatus',
      'ModifyingProperties',
      'Processing',
      'ServiceSoftwareOptions',
      'UpgradeProcessing',
    ],
  },
]
