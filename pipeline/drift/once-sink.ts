import { messageOf } from '../../model/errors.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import type { ScanSink } from '../intake/scan-sink.ts'
import type { Why } from './why.ts'

/**
 * Where one scan of everything goes that nothing follows.
 * @param ended why a scope was not read completely; null: it was
 */
export function onceSink(
  take: (scope: Scope, thing: Resource) => void,
  ended: (scope: Scope, why: Why | null) => void,
): ScanSink {
  const nothing = async (): Promise<void> => {}
  return {
    scan: async (scope) => ({
      observe: async (resource) => take(scope, resource),
      gone: nothing,
      end: async ({ complete, errors = [] }) => {
        const [error] = errors
        const message =
          error === undefined ? 'was not read completely' : messageOf(typeof error === 'string' ? error : error.message)
        const code =
          error !== undefined && typeof error !== 'string' && typeof error.code === 'string' ? error.code : 'failing'
        const said = { reason: code, message: `could not be looked for: ${message}`, hint: null }
        ended(scope, complete ? null : said)
        return []
      },
    }),
    events: () => ({
      ...{ observe: nothing, gone: nothing, attributed: nothing, settled: async () => 0 },
      whenCommitted: (committed) => committed(),
    }),
  }
}
