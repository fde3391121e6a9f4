import type { Redactor } from '../../model/redaction.ts'
import type { Json } from '../../model/resource.ts'
import { asObject, type JsonObject, own } from './parse-bytes.ts'

/** Shorter secrets than this are not looked for inside other text: they would be found everywhere. */
const minSoughtLength = 6

/** Attributes in which providers repeat another one, key by key. */
const mirrors: Readonly<Record<string, readonly string[]>> = {
  tags: ['tags_all'],
  labels: ['terraform_labels', 'effective_labels'],
  annotations: ['effective_annotations'],
}

/** One step of a path in `sensitive_attributes`: a name, a position, or `null` for what leads into a set and names no place. */
type Step = string | number | null

/**
 * Redacts, in place, what a state marks as sensitive, and then every copy of those values in the same attributes:
 * terraform marks `tags["token"]`, but the provider writes the same text into `tags_all` and connection strings, unmarked.
 *
 * A path that can't be followed to its end (into a set, whose elements have no place; or of a form that is not known)
 * redacts the whole value that it reached: too much rather than a secret.
 * @param paths `sensitive_attributes` of an instance in format 4: `[[{"type":"get_attr","value":"password"}], …]`
 */
export function redactSensitive(attributes: JsonObject, paths: Json | undefined, redactor: Redactor): void {
  if (!Array.isArray(paths) || paths.length === 0) return
  const secrets = new Set<string>()
  for (const path of paths) {
    const [first = null, ...rest] = stepsOf(path)
    const places = typeof first === 'string' && Object.hasOwn(mirrors, first) ? (mirrors[first] ?? []) : []
    for (const place of [first, ...places]) redactPath(attributes, place, rest, redactor, secrets)
  }
  const sought = [...secrets].filter((secret) => secret.length >= minSoughtLength)
  // The longest first: a secret may hold another.
  sought.sort((a, b) => b.length - a.length)
  if (sought.length > 0) redactCopies(attributes, sought, redactor)
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
const containerOf = (value: Json | undefined): Container | null => (Array.isArray(value) ? value : asObject(value))

function redactPath(
  attributes: JsonObject,
  first: Step,
  rest: readonly Step[],
  redactor: Redactor,
  secrets: Set<string>,
): void {
  if (typeof first !== 'string') {
    for (const name of Object.keys(attributes)) redactMember(attributes, name, redactor, secrets)
    return
  }
  let holder: Container = attributes
  let name: string | number = first
  for (const step of rest) {
    const value: Json | undefined = memberOf(holder, name)
    const inner = containerOf(value)
    if (inner === null || !leadsInto(inner, step)) break
    holder = inner
    name = step
  }
  redactMember(holder, name, redactor, secrets)
}

const leadsInto = (container: Container, step: Step): step is string | number =>
  Array.isArray(container) ? typeof step === 'number' : typeof step === 'string'

const memberOf = (holder: Container, name: string | number): Json | undefined =>
  Array.isArray(holder) ? holder[Number(name)] : own(holder, String(name))

function redactMember(holder: Container, name: string | number, redactor: Redactor, secrets: Set<string>): void {
  const value = memberOf(holder, name)
  // What is absent has no secret; that it came to be is a change which may be seen.
  if (value === undefined || value === null) return
  collectTexts(value, secrets)
  const placeholder = redactor.redactValue(value)
  if (Array.isArray(holder)) holder[Number(name)] = placeholder
  else holder[String(name)] = placeholder
}

function collectTexts(value: Json, texts: Set<string>): void {
  if (typeof value === 'string') texts.add(value)
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) collectTexts(inner, texts)
}

function redactCopies(holder: Container, secrets: readonly string[], redactor: Redactor): void {
  const names = Array.isArray(holder) ? holder.keys() : Object.keys(holder)
  for (const name of names) {
    const value = memberOf(holder, name)
    const inner = containerOf(value)
    if (inner !== null) redactCopies(inner, secrets, redactor)
    else if (typeof value === 'string') {
      const clean = withoutSecrets(value, secrets, redactor)
      if (clean === value) continue
      if (Array.isArray(holder)) holder[Number(name)] = clean
      else holder[String(name)] = clean
    }
  }
}

function withoutSecrets(text: string, secrets: readonly string[], redactor: Redactor): Json {
  let clean = text
  for (const secret of secrets) {
    if (clean === secret) return redactor.redactValue(secret)
    if (clean.includes(secret)) clean = clean.replaceAll(secret, () => String(redactor.redactValue(secret)))
  }
  return clean
}
