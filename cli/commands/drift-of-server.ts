import { type Scope, splitScope } from '../../model/scope.ts'
import { type Coverage, exitCodeOf, type OnceDriftItem } from '../../pipeline/drift/once-report.ts'
import { serverOf } from '../server.ts'
import type { Page } from '../terminal/output.ts'
import { pagesOf } from '../terminal/pages.ts'
import type { DriftFlags } from './drift-flags.ts'
import { noStates } from './drift-flags.ts'
import { bySeverity, driftWriter } from './drift-output.ts'
import { scopesOf } from './server-keys.ts'

/** As `GET /v1/drift` has it; the members that differ from those of a reading without a server. */
type ServerItem = Omit<OnceDriftItem, 'since' | 'message' | 'hint' | 'cloud_id'> & {
  readonly since: string | null
  readonly resource_id: string | null
}

type ServerCoverage = Omit<Coverage, 'percent' | 'suppressed'> & { readonly percent: number | null }

/** Prints what a running vaino knows of drift; nothing is read for it. */
export async function driftOfServer(flags: DriftFlags, page: Page): Promise<void> {
  const { output = 'table', ...shared } = flags
  const server = await serverOf({ ...shared, output: page.format })
  const states = (await scopesOf(server)).filter((scope) => isStateOf(scope, flags.state))
  if (states.length === 0) throw noStates(flags.state)
  const writer = driftWriter(output, page)
  // driftctl's document lists what is in sync too.
  const all = output === 'driftctl' ? 'in_sync,changed,missing,unmanaged,unknown' : undefined
  const totals: Coverage = {
    managed: 0,
    in_sync: 0,
    changed: 0,
    missing: 0,
    unmanaged: 0,
    unknown: 0,
    suppressed: 0,
    percent: 100,
  }
  const sum = { ...totals }
  const startedAt = performance.now()
  for (const state of states) {
    const query = { state, status: all ?? flags.status?.join(',') }
    const items: OnceDriftItem[] = []
    for await (const item of pagesOf<ServerItem>(server, '/v1/drift', 'drift', query)) items.push(shownItem(item))
    const coverage = await server.json<ServerCoverage>('/v1/coverage', { query: { state } })
    for (const name of ['managed', 'in_sync', 'changed', 'missing', 'unmanaged', 'unknown'] as const)
      sum[name] += coverage[name]
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
  const percent = sum.managed === 0 ? 100 : Math.floor(((sum.managed - sum.unknown) / sum.managed) * 100)
  const coverage = { ...sum, percent }
  await writer.end({ coverage, states: states.length, seconds: (performance.now() - startedAt) / 1000 })
  process.exitCode = exitCodeOf(coverage)
}

function isStateOf(scope: Scope, text: string | undefined): boolean {
  const { provider, account, collection } = splitScope(scope)
  return provider === 'terraform' && collection === 'state' && (text === undefined || account?.includes(text) === true)
}

const shownItem = ({ resource_id, since: _, ...item }: ServerItem): OnceDriftItem => ({
  ...item,
  since: null,
  cloud_id: resource_id,
  message: item.status === 'unknown' ? `is not known (${item.reason})` : null,
  hint: item.status === 'unknown' ? '`vaino doctor` says why, and what to do.' : null,
})

/** Whether a server is meant: it is named, and nothing to read is. */
export const meansServer = (flags: DriftFlags): boolean =>
  flags.server !== undefined ||
  (process.env.VAINO_SERVER !== undefined && flags.source === undefined && flags.live !== true)
