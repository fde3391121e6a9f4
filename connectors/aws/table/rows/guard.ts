import type { Row } from '../row.ts'
import { isSet } from './row-parts.ts'

/** What looks after an account: GuardDuty and AWS Config. */
export const guardRows: readonly Row[] = [
  {
    type: 'aws_guardduty_detector',
    list: {
      service: 'guardduty',
      operation: 'ListDetectors',
      input: { MaxResults: 50 },
      next: { NextToken: 'NextToken' },
    },
    items: 'DetectorIds',
    as: 'DetectorId',
    details: [{ operation: 'GetDetector', input: { DetectorId: '{DetectorId}' } }],
    id: '{DetectorId}',
    arn: 'arn:{$partition}:guardduty:{$region}:{$account}:detector/{DetectorId}',
    metadata: ['UpdatedAt'],
  },
  {
    type: 'aws_config_configuration_recorder',
    // It has no pages.
    list: { service: 'config', operation: 'DescribeConfigurationRecorders' },
    items: 'ConfigurationRecorders',
    id: '{name}',
    name: '{name}',
    ambient: ({ servicePrincipal }) => (isSet(servicePrincipal) ? 'child' : null),
  },
  {
    type: 'aws_config_delivery_channel',
    list: { service: 'config', operation: 'DescribeDeliveryChannels' },
    items: 'DeliveryChannels',
    id: '{name}',
    name: '{name}',
  },
]
