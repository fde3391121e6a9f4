import { Permits } from '../../calls/permits.ts'
import type { ConnectorContext } from '../../connector.ts'
import type { GcpOptions } from '../options.ts'
import { Credentials } from './credentials.ts'
import { Session } from './session.ts'

/** Calls of one source at once: a connection each. */
const callsAtOnce = 16

/** The session of a source, with what its options and the environment say. */
export function openSession(options: GcpOptions, context: ConnectorContext): Session {
  const template = options.endpoint ?? null
  const credentials = new Credentials(
    {
      impersonate: options.impersonate ?? null,
      delegates: options.delegates,
      quotaProject: options.quota_project ?? null,
      usesMetadataServer: options.metadata_server,
      iamCredentialsEndpoint: template?.replaceAll('{api}', 'iamcredentials').replace(/\/$/, '') ?? null,
    },
    process.env,
  )
  const host = {
    permits: new Permits(callsAtOnce),
    deadlineMs: options.call_timeout,
    budget: (...given: Parameters<ConnectorContext['budget']>) => context.budget(...given),
  }
  return new Session(credentials, template, host, process.env)
}
