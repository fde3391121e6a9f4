import { type Scope, splitScope } from '../../model/scope.ts'
import { isAppliedScope, selfSayingScopes } from '../../pipeline/drift/applied-pair.ts'
import { addCounts, type Coverage, coverageOf, exitCodeOf, noCounts } from '../../pipeline/drift/coverage.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import { type Server, serverOf } from '../server.ts'
import { scopeLabel } from '../terminal/label.ts'
import type { Page } from '../terminal/output.ts'
import { pagesOf } from '../terminal/pages.ts'
import type { DriftFlags } from './drift-flags.ts'
import { noStates } from './drift-flags.ts'
import { bySeverity, type DriftWriter, driftWriter } from './drift-output.ts'
import { scopesOf } from './server-keys.ts'

/** Prints what a running vaino knows of drift; nothing is read for it. */
export async function driftOfServer(flags: DriftFlags, page: Page): Promise<void> {
  const { output = 'table', ...shared } = flags
  const server = await serverOf({ ...shared, output: page.format })
  const states = (await scopesOf(server)).filter((scope) => isStateOf(scope, flags.state))
  const says = (await scopesOf(server)).some((scope) => scope.startsWith(selfSayingScopes))
  if (states.length === 0 && (!says || flags.state !== undefined)) throw noStates(flags.state)
  const writer = driftWriter(output, page)
  // driftctl's document lists what is in sync too.
  const all = output === 'driftctl' ? 'in_sync,changed,missing,unmanaged,unknown' : undefined
  const sum = noCounts()
  const startedAt = performance.now()
  for (const state of states) {
    const query = { state, status: all ?? flags.status?.join(',') }
    const items: JudgedItem[] = []
    for await (const item of pagesOf<JudgedItem>(server, '/v1/drift', 'drift', query)) items.push(item)
    const coverage = await server.json<Coverage>('/v1/coverage', { query: { state } })
    addCounts(sum, coverage)
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
  if (flags.state === undefined && (all ?? flags.status?.join(',') ?? 'unmanaged').includes('unmanaged')) {
    await writeGroups(server, { status: 'unmanaged' }, () => true, writer)
    sum.unmanaged = (await server.json<Coverage>('/v1/coverage')).unmanaged
  }
  if (says && flags.state === undefined) {
    const query = { provider: 'kubernetes', status: all ?? flags.status?.join(',') }
    await writeGroups(server, query, (item) => isAppliedScope(item.state), writer)
    Object.assign(sum, await server.json<Coverage>('/v1/coverage'))
  }
  const coverage = coverageOf(sum)
  await writer.end({ coverage, states: states.length, seconds: (performance.now() - startedAt) / 1000 })
  process.exitCode = exitCodeOf(coverage)
}

/** Items that are in no Terraform state, by account and region, one of them in memory at a time. */
async function writeGroups(
  server: Server,
  query: Readonly<Record<string, string | undefined>>,
  isMeant: (item: JudgedItem) => boolean,
  writer: DriftWriter,
): Promise<void> {
  let items: JudgedItem[] = []
  const write = async (): Promise<void> => {
    const [first] = items
    if (first === undefined) return
    const sorted = items.sort(bySeverity)
    const result = { state: first.state, items: sorted, all: sorted, total: items.length, failure: null, remarks: [] }
    items = []
    await writer.state(result)
  }
  for await (const item of pagesOf<JudgedItem>(server, '/v1/drift', 'drift', query)) {
    if (!isMeant(item)) continue
    const [before] = items
    if (before !== undefined && scopeLabel(before.state).where !== scopeLabel(item.state).where) await write()
    items.push(item)
  }
  await write()
}

function isStateOf(scope: Scope, text: string | undefined): boolean {
  const { provider, account, collection } = splitScope(scope)
  return provider === 'terraform' && collection === 'state' && (text === undefined || account?.includes(text) === true)
}

/** Whether a server is meant: it is named, and nothing to read is. */
export const meansServer = (flags: DriftFlags): boolean =>
  flags.server !== undefined ||
  (process.env.VAINO_SERVER !== undefined && flags.source === undefined && flags.live !== true)
