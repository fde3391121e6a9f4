import type { Redactor } from '../../model/redaction.ts'
import type { Json } from '../../model/resource.ts'
import { placeholder } from '../../model/secret-text.ts'
import { isHarmlessValue } from '../../model/secret-values.ts'
import { asObject, type JsonObject, own } from './parse-bytes.ts'
import { copyRedactor } from './secret-copies.ts'

/** Attributes in which providers repeat another one, member by member. */
const mirrors: Readonly<Record<string, readonly string[]>> = {
  tags: ['tags_all'],
  labels: ['terraform_labels', 'effective_labels'],
  annotations: ['effective_annotations'],
  // terraform_data and kubernetes_manifest.
  input: ['output'],
  manifest: ['object'],
}

/** One step of a path in `sensitive_attributes`: a name, a position, or `null` for what leads into a set and names no place. */
type Step = string | number | null

/**
 * Redacts, in place, what a state marks as sensitive, and then every copy of those values in the same attributes:
 * terraform marks `tags["token"]`, but the provider writes the same text into `tags_all` and connection strings, unmarked.
 *
 * A value of dynamic type stands in a state as `{"value": …, "type": ["object", …]}`, while paths lead through it as if it stood there
 * itself. A path into a set, whose elements have no place, redacts the whole set. A path that leads nowhere (a member that is absent or
 * renamed, a position out of range, a step of unknown form) redacts the whole attribute: too much rather than a secret.
 * @param paths `sensitive_attributes` of an instance in format 4: `[[{"type":"get_attr","value":"password"}], …]`
 * @param beside what else stands in the instance and may hold copies: its identity
 * @param inSchema paths that the provider's schema marks, dotted and without positions: `master_auth.client_key`
 */
export function redactSensitive(
  attributes: JsonObject,
  paths: Json | undefined,
  redactor: Redactor,
  beside?: Json,
  inSchema: readonly string[] = [],
): void {
  const marked = Array.isArray(paths) ? paths : []
  if (marked.length + inSchema.length === 0) return
  const secrets = new Set<string>()
  // All ends are found before anything is replaced, and outer values go first: no order of the paths gives another result.
  const ends = sensitiveMembers(attributes, marked, inSchema).sort((a, b) => a.depth - b.depth)
  for (const end of ends) redactMember(end, redactor, secrets)
  const redactCopies = copyRedactor(secrets, redactor)
  redactCopies(attributes)
  redactCopies(beside)
}

/** The texts that {@link redactSensitive} would redact and seek elsewhere; nothing is changed. */
export function sensitiveTexts(
  attributes: JsonObject,
  paths: Json | undefined,
  inSchema: readonly string[],
): ReadonlySet<string> {
  const texts = new Set<string>()
  for (const member of sensitiveMembers(attributes, Array.isArray(paths) ? paths : [], inSchema))
    collectTexts(memberOf(member) ?? null, texts)
  return texts
}

const sensitiveMembers = (attributes: JsonObject, marked: readonly Json[], inSchema: readonly string[]): Member[] => [
  ...marked.flatMap((path) => endsOf(attributes, stepsOf(path))),
  ...inSchema.flatMap((path) => membersAt(attributes, path)),
]

/** Every member that a path of a schema stands for; `*` is each key of a map. */
function membersAt(attributes: JsonObject, path: string): Member[] {
  const below = (holder: Container, steps: readonly string[], depth: number): Member[] => {
    if (Array.isArray(holder)) return holder.flatMap((inner) => inContainer(inner, steps, depth + 1))
    const [step = '', ...rest] = steps
    const names = step === '*' ? Object.keys(holder) : Object.hasOwn(holder, step) ? [step] : []
    return rest.length === 0
      ? names.map((name) => ({ holder, name, depth }))
      : names.flatMap((name) => inContainer(holder[name], rest, depth + 1))
  }
  const inContainer = (value: Json | undefined, steps: readonly string[], depth: number): Member[] => {
    const inner = containerOf(isDynamic(value) ? own(value, 'value') : value)
    return inner === null ? [] : below(inner, steps, depth)
  }
  return below(attributes, path.split('.'), 0)
}

function stepsOf(path: Json): Step[] {
  if (!Array.isArray(path)) return []
  return path.map((step) => {
    const value = own(asObject(step) ?? {}, 'value')
    if (typeof value === 'string' || typeof value === 'number') return value
    // An index carries its type beside it: {"type":"index","value":{"value":"k","type":"string"}}.
    const key = own(asObject(value) ?? {}, 'value')
    return typeof key === 'string' || typeof key === 'number' ? key : null
  })
}

type Container = JsonObject | Json[]

/** A value by what holds it, and how many names or positions below the attributes. */
interface Member {
  readonly holder: Container
  readonly name: string | number
  readonly depth: number
}

/** What one path redacts: the member that it leads to and what repeats it, or the whole attribute; all where it names none. */
function endsOf(attributes: JsonObject, steps: readonly Step[]): Member[] {
  const [first = null, ...rest] = steps
  const whole = (name: string): Member => ({ holder: attributes, name, depth: 0 })
  if (typeof first !== 'string') return Object.keys(attributes).map(whole)
  const end = follow(whole(first), rest)
  const copies = Object.hasOwn(mirrors, first) ? (mirrors[first] ?? []) : []
  if (end === null) return [first, ...copies].map(whole)
  return [end, ...copies.flatMap((name) => follow(whole(name), rest) ?? [])]
}

/** The member that a path leads to, or the set that it leads into; null where it leads nowhere. */
function follow(from: Member, steps: readonly Step[]): Member | null {
  let at = from
  for (const step of steps) {
    const value = memberOf(at)
    // Nothing is below a null, so nothing is secret; redacting it leaves it as it is.
    if (value === null) return at
    const inner = containerOf(isDynamic(value) ? own(value, 'value') : value)
    if (inner === null) return null
    if (step === null) return at
    if (Array.isArray(inner) ? typeof step !== 'number' || !(step in inner) : !Object.hasOwn(inner, step)) return null
    at = { holder: inner, name: step, depth: at.depth + 1 }
  }
  return at
}

/** Whether a value stands with its type beside it. Only a structural type has members that a path could lead to. */
function isDynamic(value: Json | undefined): value is JsonObject {
  const object = asObject(value)
  if (object === null || Object.keys(object).length !== 2 || !Object.hasOwn(object, 'value')) return false
  const type = own(object, 'type')
  return Array.isArray(type) && type.length >= 2 && structuralTypes.has(String(type[0]))
}

const structuralTypes = new Set(['object', 'map', 'list', 'set', 'tuple'])

const containerOf = (value: Json | undefined): Container | null => (Array.isArray(value) ? value : asObject(value))

const memberOf = ({ holder, name }: Member): Json | undefined =>
  Array.isArray(holder) ? holder[Number(name)] : own(holder, String(name))

function redactMember(member: Member, redactor: Redactor, secrets: Set<string>): void {
  const value = memberOf(member)
  // An absent member has no secret; its appearance is a change that may be seen.
  if (value === undefined || value === null) return
  collectTexts(value, secrets)
  // Assigning to a name "__proto__" would set the object's prototype instead.
  Object.defineProperty(member.holder, member.name, {
    ...{ value: redactor.redactValue(value), enumerable: true, configurable: true, writable: true },
  })
}

/** Texts that may be copied elsewhere: no settings such as "enabled", and no names of types. */
function collectTexts(value: Json, texts: Set<string>): void {
  if (typeof value === 'string') {
    if (!isHarmlessValue(value) && !placeholder.test(value)) texts.add(value)
  } else if (isDynamic(value)) collectTexts(value.value ?? null, texts)
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) collectTexts(inner, texts)
}
