import { FlapFinder, type Suggestion } from '../../model/rules-suggest.ts'
import { serverOf } from '../server.ts'
import { interruption } from '../terminal/interrupt.ts'
import { writeList, yamlOf } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { counted } from '../terminal/words.ts'
import { pastTime } from './past-time.ts'
import type { RulesFlags } from './rules-check.ts'
import { changesSince } from './rules-history.ts'

export interface SuggestFlags extends RulesFlags {
  readonly limit: number
}

/** Looks for fields that flap in what a running vaino has recorded, and prints a rule for each. */
export async function suggestRules(flags: SuggestFlags): Promise<void> {
  const page = pageOf(flags)
  const signal = interruption()
  const finder = new FlapFinder()
  let changes = 0
  const sinceMs = await pastTime('--since', flags.since)
  for await (const change of changesSince(await serverOf(flags), sinceMs, signal)) {
    // What is ignored already needs no rule.
    if (change.rule !== undefined) continue
    changes++
    finder.add(change)
  }
  const found = finder.suggestions().slice(0, flags.limit)
  page.note(`${counted(changes, 'change')} looked at, ${counted(found.length, 'rule')} suggested`)
  if (finder.untracked > 0) page.note(`${finder.untracked} changes were left out: there are too many fields to follow`)
  if (page.format !== 'table' && page.format !== 'yaml') {
    await writeList(found, { columns: columnsOf, empty: 'nothing flaps' }, page)
    return
  }
  if (found.length > 0)
    await page.write(
      await yamlOf({ ignore: found.map((each) => ruleOf(each, new Date(sinceMs).toISOString().slice(0, 10))) }),
    )
}

const columnsOf = [
  { title: 'TYPE', of: ({ type }: Suggestion) => type },
  { title: 'PATH', of: ({ path }: Suggestion) => path },
  { title: 'CHANGES', of: ({ changes }: Suggestion) => String(changes) },
  { title: 'RESOURCES', of: ({ resources }: Suggestion) => String(resources) },
] as const

const ruleOf = ({ type, path, changes, resources, returns }: Suggestion, since: string) => ({
  type,
  path,
  reason: `${counted(changes, 'change')} of ${counted(resources, 'resource')} since ${since}, ${returns} back to a former value`,
})
