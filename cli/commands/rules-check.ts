import type { Item } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import type { IgnoreRule } from '../../model/rules.ts'
import { RuleUsage, subjectOf, subjectOfResource } from '../../model/rules-usage.ts'
import type { LoadedRules } from '../../pipeline/rules/load-rules.ts'
import { type Server, serverOf } from '../server.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { type View, writeList } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { pagesOf } from '../terminal/pages.ts'
import { counted, toSecond } from '../terminal/words.ts'
import { readConfig } from './config.ts'
import { pastTime } from './past-time.ts'
import { changesSince, maxChanges } from './rules-history.ts'

export interface RulesFlags extends SharedFlags {
  readonly since: string
}

/** Resources that are looked at. */
const maxResources = 50_000

/** A rule, and what it matches; null where nothing is known to try it on. */
interface CheckedRule {
  readonly rule: string
  readonly place: string | null
  readonly reason: string
  readonly until: string | null
  readonly resources: number | null
  readonly matched: number | null
  readonly ignored: number | null
  readonly remark: string | null
}

const numberText = (value: number | null): string => (value === null ? '?' : String(value))

const view: View<CheckedRule> = {
  columns: [
    { title: 'RULE', of: ({ rule }) => rule },
    { title: 'PLACE', of: ({ place }) => place ?? '' },
    { title: 'RESOURCES', of: ({ resources }) => numberText(resources), align: 'right' },
    { title: 'MATCHED', of: ({ matched }) => numberText(matched), align: 'right' },
    { title: 'IGNORED', of: ({ ignored }) => numberText(ignored), align: 'right' },
    { title: 'REMARK', of: ({ remark }) => remark ?? '' },
  ],
  empty: 'no rule ignores anything',
}

/** Reads the rules, and tells what each matches among what a running vaino knows. @throws VainoError `bad_config` */
export async function checkRules(file: string | undefined, flags: RulesFlags): Promise<void> {
  const page = pageOf(flags)
  const signal = interruption()
  const loaded = await readConfig(flags)
  const { loadRules } = await import('../../pipeline/rules/load-rules.ts')
  const config = file === undefined ? loaded.config : { ...loaded.config, rules: file }
  const rules = loadRules({ config, file: loaded.file }, process.cwd())
  const { ignore, severity, owner } = rules.rules.set
  const lines = Object.keys(rules.driftIgnoreTexts)
  const also = lines.length === 0 ? '' : `; ${lines.join(', ')} ${lines.length === 1 ? 'is' : 'are'} read for drift`
  const counts = `${ignore.length} ignore, ${severity.length} severity, ${counted(owner.length, 'owner rule')}`
  const others = `${counted(rules.tables.length, 'type is', 'types are')} compared otherwise`
  page.note(`${rules.file ?? 'there is no rules.yaml'}: ${counts}, ${others}${also}`)
  if (ignore.length === 0) return
  const sinceMs = await pastTime('--since', flags.since)
  const usage = await usageOf(rules, sinceMs, flags, signal)
  if (typeof usage === 'string') page.note(`what the rules match is not known: ${usage}`)
  else {
    const limit = usage.changes >= maxChanges ? ', the most that are looked at' : ''
    page.note(`tried on ${counted(usage.changes, 'change')} since ${toSecond(new Date(sinceMs).toISOString())}${limit}`)
  }
  const found = typeof usage === 'string' ? null : usage
  await writeList(
    ignore.map((rule) => checked(rule, rules, found)),
    view,
    page,
  )
}

function checked(rule: IgnoreRule, { places }: LoadedRules, usage: RuleUsage | null): CheckedRule {
  const { name, reason, untilMs } = rule
  const use = usage?.of(name) ?? null
  const until = untilMs === null ? null : new Date(untilMs).toISOString()
  const ended = until !== null && Date.parse(until) < Date.now() ? `ended ${toSecond(until)}` : null
  return {
    ...{ rule: name, place: places.get(name) ?? null, reason, until },
    ...{ resources: use?.resources ?? null, matched: use?.matched ?? null, ignored: use?.ignored ?? null },
    remark: ended ?? usage?.problemOf(name) ?? null,
  }
}

/** Why nothing is known, or what the rules match. */
async function usageOf(
  { rules }: LoadedRules,
  sinceMs: number,
  flags: SharedFlags,
  signal: AbortSignal,
): Promise<RuleUsage | string> {
  const usage = new RuleUsage(rules)
  try {
    const server = await serverOf(flags)
    await addResources(usage, server, signal)
    for await (const change of changesSince(server, sinceMs, signal))
      usage.addChange(subjectOf(change), Date.parse(change.recorded_at))
    return usage
  } catch (error) {
    if (error instanceof VainoError && error.code === 'not_ready') return `${error.message}. ${error.hint ?? ''}`
    throw error
  }
}

async function addResources(usage: RuleUsage, server: Server, signal: AbortSignal): Promise<void> {
  for await (const item of pagesOf<Item>(server, '/v1/resources', 'resources', {}, maxResources, signal))
    usage.addResource(subjectOfResource(item.scope, item.key, item.resource))
}
