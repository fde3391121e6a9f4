import type { DriftIgnore } from './driftignore.ts'
import {
  type ChangeShape,
  type CompiledSelector,
  compileSelector,
  type Field,
  type Selector,
  type Subject,
} from './rule-selector.ts'

export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** What rules.yaml says, checked. */
export interface RuleSet {
  readonly ignore: readonly IgnoreRule[]
  readonly severity: readonly SeverityRule[]
  readonly owner: readonly OwnerRule[]
  /** Asked about drift only: a change stays in the stream whatever they say. The first that covers the scope decides. */
  readonly driftIgnores: readonly ScopedDriftIgnore[]
}

export interface ScopedDriftIgnore {
  /** As messages name it. */
  readonly file: string
  covers(scope: string): boolean
  readonly ignore: DriftIgnore
}

export interface IgnoreRule extends Selector {
  /** How changes, metrics and messages name it; unique. */
  readonly name: string
  readonly reason: string
  /** Ignores nothing that is recorded from then on, Unix milliseconds; null: no end. */
  readonly untilMs: number | null
}

export interface SeverityRule extends Selector {
  readonly severity: Severity
}

export interface OwnerRule extends Selector {
  /** Null: the value of the tag that {@link ownerTag} names. */
  readonly owner: string | null
  readonly ownerTag: string | null
}

/** A rule set, compiled once. */
export interface Rules {
  readonly set: RuleSet
  /** False: every change passes, and none has to be looked at. */
  readonly ignoresChanges: boolean
  /**
   * The rule that ignores a whole change; null for none. A change of fields is ignored where each of them is, and the rule of the
   * first stands for all.
   */
  ignoring(subject: Subject, atMs: number): IgnoreRule | null
  /** Every rule that ignores the change, or a field of it. */
  matching(subject: Subject, atMs: number): readonly IgnoreRule[]
  /** Every ignore rule that is about this resource. */
  covering(subject: Subject): readonly IgnoreRule[]
  /** For each field the rule that ignores it, those for the whole resource included. */
  ignoringFields(subject: Subject, atMs: number): readonly (IgnoreRule | null)[]
  /** The first severity rule that fits the resource, or one of its fields. */
  severityOf(subject: Subject): Severity | null
  ownerOf(subject: Subject): string | null
}

type Compiled<Rule> = { readonly rule: Rule; readonly selector: CompiledSelector }

const compileAll = <Rule extends Selector>(rules: readonly Rule[], unsaid?: readonly ChangeShape[]): Compiled<Rule>[] =>
  rules.map((rule) => ({ rule, selector: compileSelector(rule, unsaid) }))

/** A delete is ignored only by a rule that says so. */
const ignoredUnsaid = ['create', 'update'] as const

/** **Compiles a rule set.** Rules for exact types are found by their type, the others are asked one by one. */
export function compileRules(set: RuleSet): Rules {
  const candidates = byType(compileAll(set.ignore, ignoredUnsaid))
  const severity = compileAll(set.severity)
  const owner = compileAll(set.owner)

  const passing = (subject: Subject, atMs: number) =>
    candidates(subject.type).filter(
      ({ rule, selector }) => (rule.untilMs === null || atMs < rule.untilMs) && selector.passes(subject),
    )
  const fieldRules = (rules: readonly Compiled<IgnoreRule>[], fields: readonly Field[]) =>
    fields.map((field) => rules.find(({ selector }) => selector.passesField(field))?.rule ?? null)

  return {
    set,
    ignoresChanges: set.ignore.length > 0,
    ignoring(subject, atMs) {
      const rules = passing(subject, atMs)
      if (rules.length === 0) return null
      const whole = rules.find(({ selector }) => !selector.isOfFields)
      if (whole !== undefined) return whole.rule
      const found = fieldRules(rules, subject.fields())
      return found.every((rule) => rule !== null) ? (found[0] ?? null) : null
    },
    matching: (subject, atMs) =>
      passing(subject, atMs)
        .filter(({ selector }) => !selector.isOfFields || subject.fields().some(selector.passesField))
        .map(({ rule }) => rule),
    covering: (subject) =>
      candidates(subject.type)
        .filter(({ selector }) => selector.covers(subject))
        .map(({ rule }) => rule),
    ignoringFields: (subject, atMs) => fieldRules(passing(subject, atMs), subject.fields()),
    severityOf: (subject) => first(severity, subject)?.severity ?? null,
    ownerOf(subject) {
      for (const { rule, selector } of owner) {
        if (!fits(selector, subject)) continue
        const name = rule.owner ?? tagValue(subject, rule.ownerTag)
        if (name !== null) return name
      }
      return null
    },
  }
}

export const noRules: Rules = compileRules({ ignore: [], severity: [], owner: [], driftIgnores: [] })

/** Types are few, but a source that invents them without end must not fill the memory. */
const maxCachedTypes = 4096

function byType<Rule>(rules: readonly Compiled<Rule>[]): (type: string) => readonly Compiled<Rule>[] {
  if (rules.length === 0) return () => rules
  const cache = new Map<string, readonly Compiled<Rule>[]>()
  return (type) => {
    const known = cache.get(type)
    if (known !== undefined) return known
    if (cache.size >= maxCachedTypes) cache.clear()
    const found = rules.filter(({ selector }) => selector.exactTypes?.includes(type) ?? true)
    cache.set(type, found)
    return found
  }
}

const fits = (selector: CompiledSelector, subject: Subject): boolean =>
  selector.passes(subject) && (!selector.isOfFields || subject.fields().some(selector.passesField))

const first = <Rule>(rules: readonly Compiled<Rule>[], subject: Subject): Rule | null =>
  rules.find(({ selector }) => fits(selector, subject))?.rule ?? null

function tagValue(subject: Subject, tag: string | null): string | null {
  if (tag === null) return null
  for (const tags of subject.tags()) {
    const value = Object.hasOwn(tags, tag) ? tags[tag] : undefined
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}
