import type { Source } from '../../connectors/source.ts'
import { VainoError } from '../../model/errors.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import { driftOnce, type OnceProgress } from '../../pipeline/drift/drift-once.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import { driftItemOf, strangerItemOf, Tally } from '../../pipeline/drift/once-report.ts'
import { openToReadOnce } from '../../pipeline/sources/open-sources.ts'
import { readRulesOf } from '../rules.ts'
import { interruption } from '../terminal/interrupt.ts'
import { scopeLabel } from '../terminal/label.ts'
import { pageOf } from '../terminal/page.ts'
import { createProgress } from '../terminal/progress.ts'
import { appliedDrift, saysApplied } from './applied-drift.ts'
import { collectOnce, isCollecting, strangersByPlace } from './collect-once.ts'
import { readConfig } from './config.ts'
import { type DriftFlags, noStates } from './drift-flags.ts'
import { driftOfServer, meansServer } from './drift-of-server.ts'
import { bySeverity, driftWriter } from './drift-output.ts'

/** Compares states with what is there, without a server: reads, prints, ends. */
export async function runDrift(flags: DriftFlags): Promise<void> {
  const { output, ...shared } = flags
  const page = pageOf({ color: flags.color, ...(output === undefined || output === 'driftctl' ? {} : { output }) })
  if (flags.against !== undefined) return (await import('./drift-against.ts')).driftAgainst(flags, flags.against, page)
  if (meansServer(flags)) return driftOfServer(flags, page)
  const signal = interruption()
  const loaded = await readConfig(shared)
  const { config, warnings } = loaded
  for (const warning of warnings) page.note(warning)
  refuseWithoutStates(config.sources, flags.state)
  const opened = await openToReadOnce(config)
  const { rules } = await readRulesOf(loaded)
  const tally = new Tally()
  const startedAt = performance.now()
  const shows = ({ status, rule }: JudgedItem) =>
    rule === null && (flags.status?.includes(status) ?? status !== 'in_sync')
  const wants = (name: string) => flags.state === undefined || name.includes(flags.state)
  const writer = driftWriter(output ?? 'table', page)
  using progress = createProgress(process.stderr)
  let states = 0
  try {
    // A path that leads nowhere is said before anything is read.
    for (const { source, config: of } of opened) if (!isCollecting(of.kind)) await firstListOf(source, signal)
    if (config.sources.every(({ kind }) => isCollecting(kind))) {
      const isInSyncListed = output === 'driftctl' || flags.status?.includes('in_sync') === true
      process.exitCode = await appliedDrift(opened, { page, progress, signal, rules, writer, isInSyncListed, shows })
      return
    }
    refuseBlind(config.sources)
    const collected = await collectOnce(opened, { page, progress, signal })
    for (const { source, redactor } of opened.filter(({ config: { kind } }) => !isCollecting(kind))) {
      const options = {
        ...(collected === null ? {} : { collected }),
        redactor,
        wants: (scope: Scope) => wants(splitScope(scope).account ?? ''),
        onProgress: ({ state, read, of, isSecondLook }: OnceProgress) =>
          progress.show(`${isSecondLook ? 'looking again' : 'reading'}: ${read} of ${of}, ${scopeLabel(state).where}`),
      }
      for await (const state of driftOnce(source, options, signal)) {
        states++
        const items = state.items.map((item) => driftItemOf(item, rules, Date.now()))
        tally.add(items, state.failure)
        progress.clear()
        await writer.state({ ...state, items: items.filter(shows).sort(bySeverity), all: items, total: items.length })
      }
    }
    progress.clear()
    // Beside some of the states alone, what the others have would look like nobody's.
    for (const place of flags.state === undefined ? strangersByPlace(collected) : []) {
      const items = place.map((one) => strangerItemOf(one, rules, Date.now()))
      tally.add(items, null)
      const shown = items.filter(shows).sort(bySeverity)
      const [first] = shown
      if (first === undefined) continue
      const nothing = { total: shown.length, failure: null, remarks: [] }
      await writer.state({
        ...nothing,
        state: first.state,
        items: shown,
        all: items.filter(({ rule }) => rule === null),
      })
    }
  } catch (error) {
    if (signal.aborted) return
    throw error
  } finally {
    for (const { source } of opened) await source[Symbol.asyncDispose]?.()
  }
  if (states === 0) throw noStates(flags.state)
  progress.clear()
  await writer.end({
    coverage: tally.coverage,
    states,
    unread: tally.unread,
    seconds: (performance.now() - startedAt) / 1000,
  })
  process.exitCode = tally.exitCode
}

/** @throws VainoError where what it names is not there */
async function firstListOf(source: Source, signal: AbortSignal): Promise<void> {
  for await (const _targets of source.targets(signal)) return
}

interface Configured {
  readonly kind: string
  readonly options: Record<string, unknown>
}

function refuseWithoutStates(sources: readonly Configured[], state: string | undefined): void {
  if (sources.length === 0) {
    throw new VainoError('bad_config', 'No states are named', {
      hint: 'Name them, and allow that their providers are run: vaino drift --source terraform:./infra --live. Or ask a running vaino: --server URL.',
    })
  }
  if (!sources.every(({ kind }) => isCollecting(kind))) return
  if (state !== undefined) throw noStates(state)
  if (!sources.some(({ kind }) => saysApplied(kind))) {
    throw new VainoError('bad_config', 'No states are named that what is collected could be compared with', {
      hint: 'Add them: --source terraform:./infra. Objects of Kubernetes alone say themselves what was applied to them: vaino drift --source kubernetes:CONTEXT.',
    })
  }
}

/** A comparison that reads nothing real would find everything unknown. */
function refuseBlind(sources: readonly Configured[]): void {
  if (sources.some(({ kind, options }) => options.live || isCollecting(kind))) return
  throw new VainoError('bad_config', 'The real things are not read, because no source has `live`', {
    hint: 'Add --live: it runs the Terraform providers that stand on this disk, with the credentials of this shell, and only reads. Or add a source that collects what there is: --source aws:.',
  })
}
