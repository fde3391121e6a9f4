import type { ConnectorContext } from '../../connectors/connector.ts'
import { gcp } from '../../connectors/gcp/connector.ts'
import type { Source } from '../../connectors/source.ts'
import { type RecordedScan, recordingSink } from '../sources/recording-sink.ts'
import { openSource, scanAll } from '../sources/scan-all.ts'
import type { StandIn } from './stand-in.ts'

/** Opens a source that reads a stand-in with the credentials of its metadata server. */
export function openGcp(
  { url, environment }: StandIn,
  where = 'acme-shop',
  options: Readonly<Record<string, unknown>> = {},
  context: Partial<ConnectorContext> = {},
): Source {
  Object.assign(process.env, environment)
  return openSource(gcp, where, { endpoint: `${url}/{api}/`, ...options }, context)
}

/** Every scope of a source once. */
export async function scansOf(source: Source): Promise<readonly RecordedScan[]> {
  const sink = recordingSink()
  await scanAll(source, sink, { concurrency: 4 })
  return sink.scans
}

/** Types that are watched, as options. */
export const only = (...include: string[]) => ({ types: { include } })
