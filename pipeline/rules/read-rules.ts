import { z } from 'zod'
import type { ComparisonTable } from '../../model/comparison-tables.ts'
import { VainoError } from '../../model/errors.ts'
import type { IgnoreRule, RuleSet } from '../../model/rules.ts'
import { tablesOf } from '../config/compare-schema.ts'
import { parseLayer } from '../config/file.ts'
import type { KeySchema } from '../config/keys.ts'
import { mergeLayers } from '../config/layer.ts'
import { problemsOf } from '../config/problems.ts'
import { type RulesFile, rulesSchema } from './rules-schema.ts'

/** What one rules.yaml says. */
export interface ReadRules {
  readonly set: Omit<RuleSet, 'driftIgnores'>
  /** What `volatile`, `sets` and `keyed` add to the shipped tables. */
  readonly tables: readonly ComparisonTable[]
  /** Where an ignore rule stands, by its name: `rules.yaml:3:5`. */
  readonly places: ReadonlyMap<string, string>
}

/** The JSON Schema (2020-12) of rules.yaml. */
export const rulesJsonSchema = (): KeySchema => z.toJSONSchema(rulesSchema, { io: 'input' }) as KeySchema

/**
 * **Reads the text of a rules.yaml.**
 * @param file how messages name it
 * @throws VainoError `bad_config` that lists everything that is wrong, a line each, with its line and column
 */
export function readRules(text: string, file: string): ReadRules {
  const layer = parseLayer(text, file)
  const merged = mergeLayers([layer])
  const parsed = rulesSchema.safeParse(merged.values)
  if (!parsed.success) {
    throw new VainoError('bad_config', problemsOf(parsed.error.issues, merged, rulesJsonSchema()).join('\n'), {
      hint: 'Every key and what it takes: `vaino rules schema`, and docs/rules.md.',
    })
  }
  const ignore = parsed.data.ignore.map(toIgnoreRule)
  return {
    set: {
      ignore,
      severity: parsed.data.severity,
      owner: parsed.data.owner.map(({ owner, ...selector }) => ({
        ...selector,
        owner: owner ?? null,
        ownerTag: Object.keys(selector.tag ?? {})[0] ?? null,
      })),
    },
    tables: tablesIn(parsed.data),
    places: new Map(ignore.map(({ name }, at) => [name, layer.locate(['ignore', at], 'value')])),
  }
}

const toIgnoreRule = ({ name, until, ...rule }: RulesFile['ignore'][number], at: number): IgnoreRule => ({
  ...rule,
  name: name ?? `ignore[${at}]`,
  untilMs: until ?? null,
})

function tablesIn({ volatile, sets, keyed }: RulesFile): ComparisonTable[] {
  const types = new Set([volatile, sets, keyed].flatMap(Object.keys))
  const ofType = (type: string) => ({ volatile: volatile[type], sets: sets[type], keyed: keyed[type] })
  return tablesOf(Object.fromEntries([...types].map((type) => [type, ofType(type)])))
}
