import type { Connector } from '../connector.ts'
import { AwsSource } from './aws-source.ts'
import { type AwsOptions, awsOptions } from './options.ts'
import { parseWhere } from './where.ts'

/** Watches AWS accounts by reading them. */
export const aws: Connector<AwsOptions> = {
  kind: 'aws',
  summary: 'AWS accounts: with the default credentials, a profile, or a role that is assumed',
  examples: ['aws:', 'aws:PROFILE', 'aws:arn:aws:iam::ACCOUNT:role/NAME'],
  options: awsOptions,
  open: (where, options, context) => new AwsSource(parseWhere(where), where, options, context),
}
