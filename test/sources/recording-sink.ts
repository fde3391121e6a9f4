import type { Attribution } from '../../connectors/source.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import type { ScanOutcome, ScanSink } from '../../pipeline/intake/scan-sink.ts'

export interface RecordedScan {
  readonly scope: Scope
  readonly resources: Resource[]
  readonly by: (Attribution | undefined)[]
  /** Ids that the source called gone. */
  readonly gone: string[]
  /** `null`: the scan was begun and never ended. */
  outcome: ScanOutcome | null
}

export interface RecordedAttribution {
  readonly scope: Scope
  readonly id: string
  readonly by: Attribution
}

export interface RecordingSink extends ScanSink {
  /** In the order in which they began. */
  readonly scans: RecordedScan[]
  /** What came outside of scans: `observed SCOPE/ID`, `gone SCOPE/ID`. */
  readonly followed: string[]
  readonly attributed: RecordedAttribution[]
  /** The most scans that were open at once. */
  readonly mostOpen: number
}

/** Takes scans and keeps them. Every hand-over yields, so that scans that run side by side do interleave. */
export function recordingSink(
  hooks: {
    onObserve?: (resource: Resource) => Promise<void> | void
    onAttributed?: () => Promise<void> | void
    /** What came outside of a scan is committed: the changes that it made; default: one. */
    onSettled?: () => Promise<number> | number
    wants?: (scope: Scope) => boolean
    newest?: ScanSink['newest']
  } = {},
): RecordingSink {
  const scans: RecordedScan[] = []
  const followed: string[] = []
  const attributed: RecordedAttribution[] = []
  let open = 0
  let mostOpen = 0
  return {
    scans,
    followed,
    attributed,
    ...(hooks.wants ? { wants: hooks.wants } : {}),
    ...(hooks.newest ? { newest: hooks.newest } : {}),
    get mostOpen() {
      return mostOpen
    },
    async scan(scope) {
      const scan: RecordedScan = { scope, resources: [], by: [], gone: [], outcome: null }
      scans.push(scan)
      open++
      mostOpen = Math.max(mostOpen, open)
      return {
        async observe(resource, by) {
          await hooks.onObserve?.(resource)
          scan.resources.push(resource)
          scan.by.push(by)
        },
        gone: async (id) => void scan.gone.push(id),
        async end(outcome) {
          await Promise.resolve()
          scan.outcome = outcome
          open--
          return []
        },
      }
    },
    events: (scope) => ({
      observe: async ({ id }) => void followed.push(`observed ${scope}/${id}`),
      gone: async (id) => void followed.push(`gone ${scope}/${id}`),
      settled: async () => (await hooks.onSettled?.()) ?? 1,
      attributed: async (all) => {
        await hooks.onAttributed?.()
        for (const { id, by } of all) attributed.push({ scope, id, by })
      },
      whenCommitted: (committed) => committed(),
    }),
  }
}

/** What a scan's errors and warnings say. */
export const messages = (said: ScanOutcome['errors']): string[] =>
  (said ?? []).map((error) => (typeof error === 'string' ? error : error.message))
