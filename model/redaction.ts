import { createHmac } from 'node:crypto'
import { checkDepth, isRawNumber, normaliseNumber, parseJson } from './json.ts'
import type { Json, Resource } from './resource.ts'
import { isHarmlessValue } from './secret-assignments.ts'
import { mayHoldSecret } from './secret-filter.ts'
import { classifyName, type NameClass, pairNames } from './secret-names.ts'
import { anySecretField, isKubernetesSecret, secretFieldsOf } from './secret-tables.ts'
import { maskSecrets, placeholder } from './secret-text.ts'

/** Replaces secrets by a keyed digest before anything is stored, sent or logged; see {@link createRedactor}. */
export interface Redactor {
  /** Redacts in place what the resource's names, values and nested JSON give away as secret. */
  redactResource(resource: Resource): void
  /** The placeholder for one secret value; a placeholder stays as it is. */
  redactValue(value: Json): Json
  /** Masks what looks like a secret in text that is no valid JSON (a dead letter's preview, an error message). */
  redactText(text: string): string
}

type JsonObject = { [name: string]: Json }

/** What a value inherits from the fields around it: `vault`, every text is secret; `sealed`, every value. */
type Guard = 'vault' | 'sealed' | null

/** Fields of a resource that name it: they are in its key, in every filter and log line, and stay. */
const identifying = new Set(['id', 'type', 'provider', 'name', 'account', 'region', 'namespace', 'uid'])

/** JSON in a string in JSON in a string …: what is nested further is taken for a secret as a whole. */
const maxNestedJson = 6

/**
 * Makes a redactor whose placeholders, `(redacted:<16 hex>)`, hold the start of an HMAC-SHA256: the same secret gives the
 * same placeholder, so its change is seen, and only who has the salt can test a guess.
 * @param salt kept with the deployment; another salt makes every secret look changed once
 * @example
 * createRedactor(salt).redactResource(resource) // {"password": "hunter2"} → {"password": "(redacted:5f0c…)"}
 */
export function createRedactor(salt: Uint8Array): Redactor {
  let replaced = 0
  let fields: ReadonlySet<string> | null = null
  let sealedType = false

  const digest = (secret: string): string => {
    replaced++
    return `(redacted:${createHmac('sha256', salt).update(secret).digest('hex').slice(0, 16)})`
  }

  const secretText = (text: string): string => (placeholder.test(text) || isHarmlessValue(text) ? text : digest(text))

  const redactObject = (object: JsonObject, guard: Guard, nesting: number): void => {
    for (const name of Object.keys(object)) {
      const value = object[name] as Json
      if (value === null || typeof value === 'boolean') continue
      const known = fields?.has(name) ? 'secret' : classifyName(name)
      const kind = known === 'paired' ? classOfPair(object) : known
      const inner = known === 'sealed' && (sealedType || object.kind === 'Secret') ? 'sealed' : guard
      const redacted = redactField(value, kind, inner, nesting)
      if (redacted === value) continue
      // Assigning to a name "__proto__" would set the object's prototype instead.
      Object.defineProperty(object, name, { value: redacted, enumerable: true, configurable: true, writable: true })
    }
  }

  const redactField = (value: Json, kind: NameClass, guard: Guard, nesting: number): Json => {
    const secret = kind === 'secret' || kind === 'vault' || guard === 'sealed'
    if (typeof value === 'string') {
      return secret || (guard === 'vault' && kind !== 'harmless') ? secretText(value) : redactPlain(value, nesting)
    }
    if (typeof value !== 'object' || value === null || isRawNumber(value)) {
      return secret && isNumber(value) ? digest(textOf(value)) : value
    }
    const below: Guard = guard ?? (secret ? 'vault' : null)
    if (Array.isArray(value)) redactArray(value, kind, below, nesting)
    else redactObject(value, below, nesting)
    return value
  }

  const redactArray = (array: Json[], kind: NameClass, guard: Guard, nesting: number): void => {
    for (const [at, element] of array.entries()) {
      const before = array[at - 1]
      const isFlagged = typeof before === 'string' && typeof element === 'string' && isSecretFlag(before)
      array[at] = redactField(element, isFlagged ? 'secret' : kind, guard, nesting)
    }
  }

  /** A text whose name says nothing: JSON is redacted as JSON, and what is found in other text is cut out. */
  const redactPlain = (text: string, nesting: number): string => {
    if (text.length < 6 || !mayHoldSecret(text)) return text
    if (/^\s*[[{]/.test(text)) {
      if (nesting >= maxNestedJson) return secretText(text)
      const json = readJson(text)
      if (json === tooDeep) return secretText(text)
      if (json !== null) return redactJson(json, text, nesting)
    }
    return maskSecrets(text, digest)
  }

  const redactJson = (json: JsonObject | Json[], text: string, nesting: number): string => {
    const before = replaced
    if (Array.isArray(json)) redactArray(json, 'plain', null, nesting + 1)
    else redactObject(json, null, nesting + 1)
    return replaced === before ? text : JSON.stringify(json)
  }

  return {
    redactResource(resource) {
      fields = secretFieldsOf(resource.type)
      sealedType = isKubernetesSecret(resource.type)
      for (const name of Object.keys(resource)) {
        if (identifying.has(name)) continue
        const value = resource[name]
        if (value === undefined) continue
        const redacted = redactField(value, classifyName(name), null, 0)
        if (redacted !== value) Object.defineProperty(resource, name, { value: redacted })
      }
    },
    redactValue(value) {
      if (value === null || value === '' || (typeof value === 'string' && placeholder.test(value))) return value
      return digest(textOf(value))
    },
    redactText: (text) => maskSecrets(text, () => '(redacted)', isSecretInBrokenText),
  }
}

const isNumber = (value: Json): boolean => typeof value === 'number' || isRawNumber(value)

/** In `["--password", "hunter2"]` the first is the name of the second. */
const isSecretFlag = (text: string): boolean =>
  /^--?[A-Za-z][\w-]{0,63}$/.test(text) && isSecretClass(classifyName(text))

const isSecretClass = (kind: NameClass): boolean => kind === 'secret' || kind === 'vault'

/** `{"name": "DB_PASSWORD", "value": …}`: the class of the value is that of the name beside it. */
function classOfPair(object: JsonObject): NameClass {
  for (const field of pairNames) {
    const name = Object.hasOwn(object, field) ? object[field] : undefined
    if (typeof name === 'string') return classifyName(name)
  }
  return 'plain'
}

/** Where the type and the pairs can't be seen any more, every field is masked that is secret in any of them. */
const isSecretInBrokenText = (name: string): boolean => {
  const kind = classifyName(name)
  return isSecretClass(kind) || kind === 'paired' || anySecretField.has(name)
}

const tooDeep = Symbol('too deep')

function readJson(text: string): JsonObject | Json[] | null | typeof tooDeep {
  let json: Json
  try {
    json = parseJson(text)
  } catch {
    // Not JSON after all: it is read as text.
    return null
  }
  try {
    checkDepth(json)
  } catch {
    return tooDeep
  }
  return typeof json === 'object' && json !== null && !isRawNumber(json) ? json : null
}

/** One text for equal values, whatever the order of names and the spelling of numbers. */
function textOf(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return normaliseNumber(String(value))
  if (typeof value !== 'object' || value === null) return String(value)
  if (isRawNumber(value)) return normaliseNumber(value.rawJSON)
  if (Array.isArray(value)) return `[${value.map((element) => JSON.stringify(textOf(element))).join()}]`
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(textOf(value[name] as Json))}`)
    .join()}}`
}
