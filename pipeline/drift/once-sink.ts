import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import type { ScanSink } from '../intake/scan-sink.ts'
import { messageOfError } from '../sources/scan-target.ts'
import { codeOf, failing, type Why } from './why.ts'

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
        const message = error === undefined ? 'was not read completely' : messageOfError(error)
        const reason = error === undefined ? failing : codeOf(error)
        const said = { reason, message: `could not be looked for: ${message}`, hint: null }
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
