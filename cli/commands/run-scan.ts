import { VainoError } from '../../model/errors.ts'
import { type ScanError, saysGone } from '../../model/record.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { engineOptions } from '../../pipeline/config/engine-options.ts'
import { openEngine } from '../../pipeline/embedded/open-embedded-engine.ts'
import type { RunningEngine } from '../../pipeline/running-engine.ts'
import { goneScopes } from '../../pipeline/sources/forgetting.ts'
import { sourceKinds } from '../../pipeline/sources/kinds.ts'
import { type OpenedSource, openSources } from '../../pipeline/sources/open-sources.ts'
import { type FailedScan, scanOnce, sourceSlots } from '../../pipeline/sources/runner.ts'
import { readRulesOf } from '../rules.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { type ShownChange, writeChanges } from '../terminal/change-text.ts'
import { interruption } from '../terminal/interrupt.ts'
import { type Page, writeList } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { createProgress } from '../terminal/progress.ts'
import { hintOf, saidOf } from '../terminal/scan-error.ts'
import { counted } from '../terminal/words.ts'
import { readConfig } from './config.ts'
import { changesBetween } from './log-range.ts'
import { scanTelemetry } from './scan-telemetry.ts'

export interface ScanFlags extends SharedFlags {
  readonly firstSight?: boolean
  readonly quiet?: boolean
  readonly includeSuppressed?: boolean
}

/** Reads every source once, into the data directory, and prints what that has changed. */
export async function runScan(flags: ScanFlags): Promise<void> {
  const page = pageOf(flags)
  const signal = interruption()
  const loaded = await readConfig(flags)
  const { config } = loaded
  for (const warning of loaded.warnings) page.note(warning)
  if (config.sources.length === 0) {
    throw new VainoError('bad_config', 'Nothing to scan is named', {
      hint: `Name a source (${sourceKinds.join(', ')}), such as: vaino scan --source terraform:./infra. Or list sources in vaino.yaml.`,
    })
  }
  await using observing = scanTelemetry(page.note)
  const { rules } = await readRulesOf(loaded)
  await using engine = await openEngine(engineOptions(config), observing.telemetry)
  const sources = await openSources(config, engine)
  const from = engine.reader.head()
  const heldBefore = heldKeys(engine)
  const goneBefore = new Set<string>(engine.scopes().flatMap(({ scope, status }) => (status === 'gone' ? scope : [])))
  const isNews = (scope: string, errors: readonly ScanError[]): boolean => !goneBefore.has(scope) || !saysGone(errors)
  const scanned = await scanAll(
    engine,
    sources,
    { concurrency: Math.max(sourceSlots, config.workers), isNews },
    signal,
    page,
  )
  const failures = scanned.filter(({ scope, errors }) => isNews(scope, errors))
  if (signal.aborted) return
  const to = engine.reader.head()

  const counts = { r: 0, c: 0, u: 0, d: 0, ignored: 0 }
  const shown = function* () {
    for (const change of changesBetween(engine.reader, from, to)) {
      const rule = rules.ignoresChanges ? rules.ignoring(change.subject(), change.recordedAtMs) : null
      if (rule !== null && !flags.includeSuppressed) {
        counts.ignored++
        continue
      }
      counts[change.op]++
      const ignored = rule === null ? {} : { rule: rule.name }
      if (change.op !== 'r' || flags.firstSight) yield { ...change.toChange(engine.reader.encode(to)), ...ignored }
    }
  }
  const silent = { ...page, note: () => {} }
  if (page.format === 'table' || page.format === 'markdown') await writeChanges(shown(), silent)
  else await writeList(withFailures(shown(), failures), { columns: [], empty: '' }, silent)
  const scopes = engine.scopes()
  for (const { scope, held } of scopes) {
    if (held !== null)
      page.note(`${scope}: ${held.deletes} of ${held.of} resources are missing at once; held until the next scan`)
  }
  if (flags.quiet !== true) page.note(summaryOf(scopes, counts))
  if (failures.length > 0) {
    throw new VainoError('source_failed', `${counted(failures.length, 'scan')} failed; nothing was deleted for it`)
  }
  const isNewlyHeld = [...heldKeys(engine)].some((key) => !heldBefore.has(key))
  process.exitCode = counts.c + counts.u + counts.d > 0 || isNewlyHeld ? 1 : 0
}

/** The keys whose deletes are held; of each scope the first hundred. */
const heldKeys = (engine: RunningEngine): ReadonlySet<string> =>
  new Set(engine.scopes().flatMap(({ held }) => held?.keys ?? []))

function summaryOf(
  scopes: readonly ScopeStatus[],
  counts: Readonly<Record<'r' | 'c' | 'u' | 'd' | 'ignored', number>>,
): string {
  const resources = scopes.reduce((sum, scope) => sum + scope.resources, 0)
  const first = counts.r > 0 ? `, ${counts.r} seen for the first time` : ''
  const ignored = counts.ignored > 0 ? `, ${counts.ignored} ignored by rules` : ''
  const gone = scopes.filter(({ status }) => status === 'gone').length
  const away = gone > 0 ? ` (${gone} gone)` : ''
  return `${counted(resources, 'resource')} in ${counted(scopes.length, 'scope')}${away}${first}; ${counts.c} created, ${counts.u} updated, ${counts.d} deleted${ignored}`
}

/** For programs, each failed scan follows the changes as an object with `control`, as in `/v1/snapshot`. */
function* withFailures(changes: Iterable<ShownChange>, failures: readonly FailedScan[]) {
  yield* changes
  for (const { scope, errors } of failures) yield { control: 'scan-failed', scope, errors: errors.map(saidOf) } as const
}

/** Every target of every source once. @returns the scans that failed */
async function scanAll(
  engine: RunningEngine,
  sources: readonly OpenedSource[],
  { concurrency, isNews }: { concurrency: number; isNews: (scope: string, errors: readonly ScanError[]) => boolean },
  signal: AbortSignal,
  page: Page,
): Promise<FailedScan[]> {
  using progress = createProgress(process.stderr)
  let resources = 0
  try {
    const options = {
      concurrency,
      redactText: engine.redactor.redactText,
      sink: (source: string, stop: AbortSignal) => engine.sink(source, stop),
      gone: goneScopes(engine),
      onObserved: (scope: string) => progress.show(`${++resources} resources, ${scope}`),
      onFailure(what: string, why: ScanError) {
        if (!isNews(what, [why])) return
        page.note(`${what}: ${saidOf(why)}`)
        const hint = hintOf(why)
        if (hint !== null) page.note(`  ${hint}`)
      },
    }
    return await scanOnce(sources, options, signal)
  } catch (error) {
    if (signal.aborted) return []
    throw error
  }
}
