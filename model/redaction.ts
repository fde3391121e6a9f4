import { createHmac } from 'node:crypto'
import { checkDepth, isRawNumber, normaliseNumber, parseJson } from './json.ts'
import type { Json, Resource } from './resource.ts'
import { isHarmlessValue } from './secret-assignments.ts'
import { mayHoldSecret } from './secret-filter.ts'
import { classifyName, type NameClass, pairNames } from './secret-names.ts'
import { anySecretField, isKubernetesSecret, secretFieldsOf } from './secret-tables.ts'
import { maskCutEnd, maskSecrets, placeholder } from './secret-text.ts'

/** Replaces secrets by a keyed digest before anything is stored, sent or logged; see {@link createRedactor}. */
export interface Redactor {
  /**
   * Redacts in place what the resource's names, values and nested JSON give away as secret.
   * @returns whether anything was replaced
   */
  redactResource(resource: Resource): boolean
  /** The same for any JSON that stands beside a resource: an actor, an error. Redacts in place; a text is returned redacted. */
  redactJson<T>(value: T): T
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
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: mutually recursive closures over one salt and one count
export function createRedactor(salt: Uint8Array): Redactor {
  /** Counts replacements, to see whether a nested document must be written anew. */
  let replaced = 0
  // What the type of the resource at hand adds; set at each entrance, since nothing here waits.
  let fields: ReadonlySet<string> | null = null
  let sealedType = false

  const digest = (secret: string): string => {
    replaced++
    return `(redacted:${createHmac('sha256', salt).update(secret).digest('hex').slice(0, 16)})`
  }

  const secretText = (text: string): string => (placeholder.test(text) || isHarmlessValue(text) ? text : digest(text))

  const redactObject = (object: JsonObject, guard: Guard, nesting: number): void => {
    for (const name in object) {
      const value = object[name] as Json
      if (value === null || typeof value === 'boolean' || value === '') continue
      const known = classifyName(name)
      const kind = known === 'paired' ? classOfPair(object) : known
      const isSealed = fields?.has(name) || (known === 'sealed' && (sealedType || object.kind === 'Secret'))
      const redacted = redactField(value, kind, isSealed ? 'sealed' : guard, nesting)
      if (redacted === value) continue
      // Assigning to a name "__proto__" would set the object's prototype instead.
      Object.defineProperty(object, name, { value: redacted, enumerable: true, configurable: true, writable: true })
    }
  }

  const redactField = (value: Json, kind: NameClass, guard: Guard, nesting: number): Json => {
    if (typeof value === 'string') {
      const secret = guard === 'sealed' || isSecretClass(kind) || (guard === 'vault' && kind !== 'harmless')
      return secret ? secretText(value) : redactPlain(value, nesting)
    }
    if (typeof value !== 'object' || value === null || isRawNumber(value)) {
      // `tokens: 500` is an amount, `password: 500` is not.
      return (guard === 'sealed' || kind === 'secret') && isNumber(value) ? digest(textOf(value)) : value
    }
    const below: Guard = guard ?? (isSecretClass(kind) && !isReference(value) ? 'vault' : null)
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
    if (/^\s*[[{"]/.test(text)) {
      if (nesting >= maxNestedJson) return secretText(text)
      const json = readJson(text)
      if (json === tooDeep) return secretText(text)
      if (json !== notJson) return redactParsed(json, text, nesting)
    }
    return maskSecrets(text, digest)
  }

  const redactParsed = (json: Json, text: string, nesting: number): string => {
    const before = replaced
    const redacted = redactField(json, 'plain', null, nesting + 1)
    return replaced === before ? text : JSON.stringify(redacted)
  }

  return {
    redactResource(resource) {
      const before = replaced
      fields = secretFieldsOf(resource.type)
      sealedType = isKubernetesSecret(resource.type)
      for (const name of Object.keys(resource)) {
        if (identifying.has(name)) continue
        const value = resource[name]
        if (value === undefined) continue
        const redacted = redactField(value, classifyName(name), null, 0)
        if (redacted !== value) Object.defineProperty(resource, name, { value: redacted })
      }
      return replaced !== before
    },
    redactJson<T>(value: T): T {
      fields = null
      sealedType = false
      return redactField(value as Json, 'plain', null, 0) as T
    },
    redactValue(value) {
      if (value === null || value === '' || (typeof value === 'string' && placeholder.test(value))) return value
      return digest(textOf(value))
    },
    redactText(text) {
      const whole = /secret/i.test(text) ? text.replace(brokenData, '$1(redacted)') : text
      return maskCutEnd(maskSecrets(whole, () => '(redacted)', isSecretInBrokenText))
    },
  }
}

/** The data of what may be a Kubernetes Secret. */
const brokenData = /((?:stringData|binaryData|string_data|binary_data|data)\\*"\s*:\s*)\{[^}]*\}?/g

/** A Kubernetes volume's `secret: {secretName, items}` says where a secret is, not what. */
const isReference = (value: Json[] | JsonObject): boolean =>
  Object.hasOwn(value, 'secretName') || Object.hasOwn(value, 'secret_name')

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

/** Where neither type nor pairs can be seen any more, every JSON field is masked that is secret in any of them. */
const isSecretInBrokenText = (name: string, isQuoted: boolean): boolean => {
  const kind = classifyName(name)
  return isSecretClass(kind) || (isQuoted && (kind === 'paired' || anySecretField.has(name)))
}

const notJson = Symbol('not JSON')
const tooDeep = Symbol('too deep')

function readJson(text: string): Json | typeof notJson | typeof tooDeep {
  let json: Json
  try {
    json = parseJson(text)
  } catch (error) {
    // Text that only begins like JSON is read as text; what the parser itself can't descend into is too deep.
    return error instanceof SyntaxError ? notJson : tooDeep
  }
  try {
    checkDepth(json)
  } catch {
    return tooDeep
  }
  return json
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
