import { VainoError } from '../../model/errors.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import { addCounts, type Coverage, coverageOf, exitCodeOf, noCounts } from '../../pipeline/drift/coverage.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import { type Server, serverOf } from '../server.ts'
import type { Page } from '../terminal/output.ts'
import { type DriftFlags, noStates } from './drift-flags.ts'
import { bySeverity, driftWriter } from './drift-output.ts'
import { scopesOf } from './server-keys.ts'

interface Answer {
  readonly drift: readonly JudgedItem[]
  readonly coverage: Coverage
}

/**
 * Prints what has become of everything that a running vaino knows since a baseline.
 * @throws VainoError `bad_request` for what has no baselines; `not_found`, `cursor_expired`
 */
export async function driftAgainst(flags: DriftFlags, against: string, page: Page): Promise<void> {
  const { output = 'table', ...shared } = flags
  refuseWithout(flags, against)
  const server = await serverOf({ ...shared, output: page.format })
  const startedAt = performance.now()
  const status = flags.status?.join(',')
  const writer = driftWriter(output, page)
  const counts = noCounts()
  for (const scope of await askedScopes(server, flags.state)) {
    const { drift, coverage } = await server.json<Answer>('/v1/drift', { query: { against, status, scope } })
    addCounts(counts, coverage)
    for (const [state, items] of [...Map.groupBy(drift, (item) => item.state)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const sorted = items.sort(bySeverity)
      await writer.state({ state, items: sorted, all: sorted, total: items.length, failure: null, remarks: [] })
    }
  }
  const coverage = coverageOf(counts)
  await writer.end({ coverage, states: 0, seconds: (performance.now() - startedAt) / 1000, against })
  process.exitCode = exitCodeOf(coverage)
}

function refuseWithout(flags: DriftFlags, against: string): void {
  if (flags.source !== undefined || flags.live === true) {
    throw new VainoError('bad_request', '--against is answered by a running vaino, which has the baselines', {
      hint: `Leave --source and --live out: vaino drift --against ${against} --server URL.`,
    })
  }
  if (flags.output !== 'driftctl') return
  throw new VainoError('bad_request', 'driftctl knows states alone, and no baseline', { hint: 'Take -o json.' })
}

/** `undefined`: all in one answer. */
async function askedScopes(server: Server, text: string | undefined): Promise<readonly (Scope | undefined)[]> {
  if (text === undefined) return [undefined]
  const isAsked = (scope: Scope) => Object.values(splitScope(scope)).some((part) => part?.includes(text) === true)
  const scopes = (await scopesOf(server)).filter(isAsked)
  if (scopes.length === 0) throw noStates(text)
  return scopes
}
