import type { Json } from './resource.ts'
import { type Field, namesOf, type Subject } from './rule-selector.ts'
import type { Rules, Severity } from './rules.ts'
import { defaultSeverity } from './rules-severity.ts'

/** What is known of a drift item before its rules are looked up. */
export interface DriftFacts {
  /** The state's scope and the actual one's, where there are both. */
  readonly scopes: readonly string[]
  readonly keys: readonly string[]
  readonly type: string
  /** What the cloud calls it, which is what `.driftignore` names; null where it isn't known. */
  readonly id: string | null
  readonly status: 'changed' | 'missing' | 'unmanaged' | 'unknown'
  /** Whether another thing stands in its place. */
  readonly replaced?: boolean
  readonly fields: readonly Field[]
  readonly tags: { readonly [name: string]: Json } | null
  readonly actor: Json
}

export interface DriftJudgement {
  /** The rule, or the line of a `.driftignore`, that ignores the whole item; null: it counts. */
  readonly rule: string | null
  /** Of each given field, the rule that ignores it. */
  readonly fields: readonly (string | null)[]
  /** Of what is not ignored. */
  readonly severity: Severity
  readonly owner: string | null
}

const shapes = { changed: 'update', missing: 'delete', unmanaged: 'create', unknown: 'update' } as const

/**
 * **Judges one item of drift by the rules.** As with changes, what is missing is ignored only by a rule that says
 * `change: delete`, or by a `.driftignore`, which means the whole resource.
 */
export function judgeDrift(rules: Rules, facts: DriftFacts, nowMs: number): DriftJudgement {
  const subject: Subject = {
    scopes: facts.scopes,
    keys: facts.keys,
    type: facts.type,
    shape: shapes[facts.status],
    fields: () => facts.fields,
    tags: () => (facts.tags === null ? [] : [facts.tags]),
    actor: () => facts.actor,
  }
  const byFile = driftIgnoreOf(rules, facts)
  const line = byFile?.resource ?? null
  const whole = line ?? rules.ignoring(subject, nowMs)?.name ?? null
  const fieldRules = rules.ignoringFields(subject, nowMs)
  const fields = facts.fields.map((field, at) => whole ?? fieldRules[at]?.name ?? byFile?.field(field.path) ?? null)
  const allFields = fields.length > 0 && fields.every((rule) => rule !== null)
  const rest = facts.fields.filter((_, at) => whole !== null || fields[at] === null)
  const judged = { ...subject, fields: () => rest }
  return {
    rule: whole ?? (allFields ? (fields[0] ?? null) : null),
    fields,
    severity: rules.severityOf(judged) ?? defaultSeverity({ ...facts, fields: rest }),
    owner: rules.ownerOf(subject),
  }
}

function driftIgnoreOf({ set }: Rules, { id, type, scopes }: DriftFacts) {
  if (id === null) return null
  const found = set.driftIgnores.find(({ covers }) => scopes.some(covers))
  if (found === undefined) return null
  return {
    resource: found.ignore.resource(type, id),
    field: (path: string) => found.ignore.field(type, id, fieldName(path)),
  }
}

/** As driftctl writes a field: `ingress[0].cidr_blocks` is `ingress.0.cidr_blocks`. */
const fieldName = (path: string): string =>
  namesOf(path.replace(/^configuration\.(?=.)/, '').replace(/\[(\d+)\]/g, '.$1'))
