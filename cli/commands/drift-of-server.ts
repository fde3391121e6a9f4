import { type Scope, splitScope } from '../../model/scope.ts'
import { addCoverage, type Coverage, coverageOf, exitCodeOf, noCounts } from '../../pipeline/drift/coverage.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import { serverOf } from '../server.ts'
import type { Page } from '../terminal/output.ts'
import { pagesOf } from '../terminal/pages.ts'
import type { DriftFlags } from './drift-flags.ts'
import { noStates } from './drift-flags.ts'
import { bySeverity, driftWriter } from './drift-output.ts'
import { scopesOf } from './server-keys.ts'

/** Prints what a running vaino knows of drift; nothing is read for it. */
export async function driftOfServer(flags: DriftFlags, page: Page): Promise<void> {
  const { output = 'table', ...shared } = flags
  const server = await serverOf({ ...shared, output: page.format })
  const states = (await scopesOf(server)).filter((scope) => isStateOf(scope, flags.state))
  if (states.length === 0) throw noStates(flags.state)
  const writer = driftWriter(output, page)
  // driftctl's document lists what is in sync too.
  const all = output === 'driftctl' ? 'in_sync,changed,missing,unmanaged,unknown' : undefined
  const sum = noCounts()
  let notCovered = 0
  const startedAt = performance.now()
  for (const state of states) {
    const query = { state, status: all ?? flags.status?.join(',') }
    const items: JudgedItem[] = []
    for await (const item of pagesOf<JudgedItem>(server, '/v1/drift', 'drift', query)) items.push(item)
    const coverage = await server.json<Coverage>('/v1/coverage', { query: { state } })
    notCovered += coverage.not_covered
    addCoverage(sum, coverage)
    const shown = all === undefined ? items : items.filter(({ status }) => status !== 'in_sync')
    await writer.state({
      state,
      items: shown.sort(bySeverity),
      all: items,
      total: coverage.managed,
      failure: null,
      remarks: [],
    })
  }
  const coverage = coverageOf(sum, notCovered)
  await writer.end({ coverage, states: states.length, seconds: (performance.now() - startedAt) / 1000 })
  process.exitCode = exitCodeOf(coverage)
}

function isStateOf(scope: Scope, text: string | undefined): boolean {
  const { provider, account, collection } = splitScope(scope)
  return provider === 'terraform' && collection === 'state' && (text === undefined || account?.includes(text) === true)
}

/** Whether a server is meant: it is named, and nothing to read is. */
export const meansServer = (flags: DriftFlags): boolean =>
  flags.server !== undefined ||
  (process.env.VAINO_SERVER !== undefined && flags.source === undefined && flags.live !== true)
