import type { ScanOutcome, ScanSink } from '../../connectors/connector.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'

export interface RecordedScan {
  readonly scope: Scope
  readonly resources: Resource[]
  outcome: ScanOutcome | null
}

export interface RecordingSink extends ScanSink {
  /** In the order in which they began. */
  readonly scans: RecordedScan[]
  /** Scans that were begun and not yet ended, at the most. */
  readonly mostOpen: number
}

/** Takes scans and keeps them. Every hand-over yields, so that scans that run side by side do interleave. */
export function recordingSink(hooks: { onObserve?: (resource: Resource) => Promise<void> | void } = {}): RecordingSink {
  const scans: RecordedScan[] = []
  let open = 0
  let mostOpen = 0
  return {
    scans,
    get mostOpen() {
      return mostOpen
    },
    async scan(scope) {
      const scan: RecordedScan = { scope, resources: [], outcome: null }
      scans.push(scan)
      open++
      mostOpen = Math.max(mostOpen, open)
      return {
        async observe(resource) {
          await hooks.onObserve?.(resource)
          scan.resources.push(resource)
        },
        async end(outcome) {
          await Promise.resolve()
          scan.outcome = outcome
          open--
        },
      }
    },
  }
}

/** What a scan's errors and warnings say. */
export const messages = (told: ScanOutcome['errors']): string[] =>
  (told ?? []).map((error) => (typeof error === 'string' ? error : error.message))
