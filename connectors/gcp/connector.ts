import type { Connector } from '../connector.ts'
import { GcpSource } from './gcp-source.ts'
import { type GcpOptions, gcpOptions } from './options.ts'
import { parseWhere } from './where.ts'

/** Watches projects of Google Cloud by reading them. */
export const gcp: Connector<GcpOptions> = {
  kind: 'gcp',
  summary: 'Google Cloud: the project of the default credentials, a project, or all below a folder or an organization',
  examples: ['gcp:', 'gcp:PROJECT', 'gcp:folders/NUMBER', 'gcp:organizations/NUMBER'],
  options: gcpOptions,
  open: (where, options, context) => new GcpSource(parseWhere(where), where, options, context),
}
