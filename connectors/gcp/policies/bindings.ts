import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** Who has one role of a policy under one condition. */
export interface Binding {
  readonly role: string
  /** As Google compares it: title, description and expression. Null: it always holds. */
  readonly condition: Condition | null
  readonly members: ReadonlySet<string>
}

export interface Condition {
  readonly title: string
  readonly description: string
  readonly expression: string
}

/** The bindings of a policy in the API's form, by role and condition; null where it has another form. */
export function bindingsIn(policy: Json | undefined): ReadonlyMap<string, Binding> | null {
  if (policy === undefined || !isObject(policy)) return null
  const { bindings = [] } = policy
  if (!Array.isArray(bindings)) return null
  const found = new Map<string, Binding>()
  for (const one of bindings) {
    const binding = isObject(one) ? bindingIn(one, one.members ?? []) : null
    if (binding === null) return null
    const key = roleKey(binding)
    // The API may give one role in several bindings.
    const before = found.get(key)?.members ?? new Set<string>()
    found.set(key, { ...binding, members: before.union(binding.members) })
  }
  return found
}

/** The binding that has these members. @param of has `role` and `condition`, the latter as the API or as Terraform writes it */
export function bindingIn({ role, condition: given = null }: JsonObject, members: Json): Binding | null {
  const condition = Array.isArray(given) ? (given[0] ?? null) : given
  if (typeof role !== 'string' || !Array.isArray(members) || (condition !== null && !isObject(condition))) return null
  const texts = members.filter((one) => typeof one === 'string')
  if (texts.length !== members.length) return null
  return { role, condition: condition && conditionOf(condition), members: new Set(texts.map(memberOf)) }
}

function conditionOf(of: JsonObject): Condition {
  const text = (name: string): string => (typeof of[name] === 'string' ? of[name] : '')
  return { title: text('title'), description: text('description'), expression: text('expression') }
}

/** Google compares addresses without case, and the subjects of identity pools with it; Terraform does the same. */
function memberOf(member: string): string {
  const [kind = '', ...rest] = member.split(':')
  return /^(?:deleted|principal|principalSet|principalHierarchy)$/.test(kind) || rest.length === 0
    ? member
    : `${kind}:${rest.join(':').toLowerCase()}`
}

/** Conditions are part of what a binding is. */
export const roleKey = ({ role, condition }: Pick<Binding, 'role' | 'condition'>): string =>
  condition === null
    ? JSON.stringify([role])
    : JSON.stringify([role, condition.title, condition.description, condition.expression])

export const memberKey = (of: Pick<Binding, 'role' | 'condition'>, member: string): string => `${roleKey(of)} ${member}`

/** A policy that is written as JSON text; undefined where the text is none. */
export function policyIn(text: Json | undefined): Json | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return parseJson(text)
  } catch {
    // Masked, or a template: it says nothing of its bindings.
    return undefined
  }
}
