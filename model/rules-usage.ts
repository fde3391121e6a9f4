import type { Change } from './change.ts'
import type { Resource } from './resource.ts'
import { type Subject, shapeOfOp } from './rule-selector.ts'
import type { Rules } from './rules.ts'

/** What one ignore rule matches among what is known. */
export interface RuleUse {
  /** Changes that it ignores, or of which it ignores a field. */
  readonly matched: number
  /** Changes that are left out because of it: of several rules the first counts. */
  readonly ignored: number
  /** Live resources that it is about. */
  readonly resources: number
}

/** A rule that does nothing, or hides all there is, is hardly meant. */
export type RuleProblem = 'matches nothing' | 'matches everything'

/** So few changes say nothing of a rule that matches all of them. */
const fewChanges = 20

/** Counts what each ignore rule matches, one change and one resource after another. */
export class RuleUsage {
  readonly #rules: Rules
  readonly #uses = new Map<string, { matched: number; ignored: number; resources: number }>()
  #changes = 0

  constructor(rules: Rules) {
    this.#rules = rules
    for (const { name } of rules.set.ignore) this.#uses.set(name, { matched: 0, ignored: 0, resources: 0 })
  }

  get changes(): number {
    return this.#changes
  }

  addChange(subject: Subject, recordedAtMs: number): void {
    this.#changes++
    for (const { name } of this.#rules.matching(subject, recordedAtMs)) this.#useOf(name).matched++
    const ignoring = this.#rules.ignoring(subject, recordedAtMs)
    if (ignoring !== null) this.#useOf(ignoring.name).ignored++
  }

  addResource(subject: Subject): void {
    for (const { name } of this.#rules.covering(subject)) this.#useOf(name).resources++
  }

  of(name: string): RuleUse {
    return this.#useOf(name)
  }

  /** What is odd about a rule, given that all changes of a week were added. */
  problemOf(name: string): RuleProblem | null {
    const { matched } = this.#useOf(name)
    if (this.#changes === 0) return null
    if (matched === 0) return 'matches nothing'
    return matched === this.#changes && matched >= fewChanges ? 'matches everything' : null
  }

  #useOf(name: string) {
    return this.#uses.get(name) ?? { matched: 0, ignored: 0, resources: 0 }
  }
}

/** A change as the API hands it out. */
export const subjectOf = (change: Change): Subject => ({
  scopes: [change.scope],
  keys: [change.key],
  type: change.resource.type,
  shape: shapeOfOp(change.op),
  fields: () => change.fields,
  tags: () => [change.after, change.before].flatMap((side) => (side === null ? [] : [side.tags ?? {}])),
  actor: () => change.actor,
})

/** A live resource, to which nothing has happened. */
export const subjectOfResource = (scope: string, key: string, resource: Resource): Subject => ({
  scopes: [scope],
  keys: [key],
  type: resource.type,
  shape: 'update',
  fields: () => [],
  tags: () => [resource.tags ?? {}],
  actor: () => null,
})
