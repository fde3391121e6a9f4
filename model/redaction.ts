import { createHmac } from 'node:crypto'
import { mapStrings, readCutJson } from './cut-json.ts'
import { isNumber, isRawNumber, type JsonObject } from './json.ts'
import { notJson, readJson, textOf, tooDeep } from './json-in-text.ts'
import type { Json, Resource } from './resource.ts'
import { hasLongRun } from './secret-encodings.ts'
import { mayHoldSecret } from './secret-filter.ts'
import { maskLines } from './secret-lines.ts'
import { classOfPair, isReference, isSecretClass, isSecretFlag, isSecretName, typeIn } from './secret-members.ts'
import { classifyName, type NameClass } from './secret-names.ts'
import { maskCutEnd, maskTokens } from './secret-shapes.ts'
import { anySecretField, isKubernetesSecret, secretFieldsOf } from './secret-tables.ts'
import { maskSecrets, maskWhatMayHold, placeholder } from './secret-text.ts'
import { isHarmlessValue, looksRandom } from './secret-values.ts'

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

/** Fields between two signs of life. */
const fieldsPerSign = 4096

/** What a value inherits from the fields around it: `vault`, every text is secret; `sealed`, every value. */
type Guard = 'vault' | 'sealed' | null

/** Fields of a resource that name it: they are in its key, in every filter and log line, and stay. */
const identifying = new Set(['id', 'type', 'provider', 'name', 'account', 'region', 'namespace', 'uid'])

/** No token is shorter. */
const minSecretName = 16

/** Longer argument lists are not looked through as one line; each argument still is. */
const maxLineLength = 16_384

/** JSON in a string in JSON in a string …: anything nested further is redacted as a whole. */
const maxNestedJson = 6

/**
 * Makes a redactor whose placeholders, `(redacted:<16 hex>)`, hold the start of an HMAC-SHA256: the same secret gives the
 * same placeholder, so its change is seen, and only who has the salt can test a guess.
 * @param salt kept with the deployment; another salt makes every secret look changed once
 * @param working called repeatedly while a large document is redacted
 * @example
 * createRedactor(salt).redactResource(resource) // {"password": "hunter2"} → {"password": "(redacted:5f0c…)"}
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: mutually recursive closures over one salt and one count
export function createRedactor(salt: Uint8Array, working: () => void = () => {}): Redactor {
  /** Counts replacements, to see whether a nested document must be written anew. */
  let replaced = 0
  // What the type of the resource at hand adds; set at each entrance, since nothing here waits.
  let fields: ReadonlySet<string> | null = null
  let sealedType = false

  /** In a text for people a fixed mark is enough; it has no HMAC. */
  let isForPeople = false

  const digest = (secret: string): string => {
    replaced++
    if (isForPeople) return '(redacted)'
    return `(redacted:${createHmac('sha256', salt).update(secret).digest('hex').slice(0, 16)})`
  }

  const secretText = (text: string, name = ''): string =>
    placeholder.test(text) || isHarmlessValue(text, name) ? text : digest(text)

  const redactObject = (object: JsonObject, guard: Guard, nesting: number): void => {
    let mayName = false
    for (const name in object) {
      if (name.length >= minSecretName && (hasLongRun(name) || name.includes('-') || name.includes('.'))) mayName = true
      const value = object[name] as Json
      if (value === null || typeof value === 'boolean' || value === '') continue
      const known = classifyName(name)
      const kind = known === 'paired' ? classOfPair(object) : known
      const isSealed = fields?.has(name) || (known === 'sealed' && (sealedType || object.kind === 'Secret'))
      const redacted = redactField(value, kind, isSealed ? 'sealed' : guard, nesting, name)
      if (redacted !== value) define(object, name, redacted)
    }
    if (mayName) redactNames(object, guard)
  }

  /** A member's name is a secret only by its shape: maps are keyed by tokens now and then. */
  const redactNames = (object: JsonObject, guard: Guard): void => {
    let renamed: Map<string, string> | null = null
    for (const name in object) {
      if (name.length < minSecretName) continue
      const masked =
        guard === 'vault' && looksRandom(name) ? digest(name) : mayHoldSecret(name) ? maskTokens(name, digest) : name
      if (masked !== name) renamed = (renamed ?? new Map()).set(name, masked)
    }
    if (renamed === null) return
    const members = Object.entries(object)
    for (const [name] of members) delete object[name]
    for (const [name, value] of members) define(object, renamed.get(name) ?? name, value)
  }

  let fieldCount = 0
  const redactField = (value: Json, kind: NameClass, guard: Guard, nesting: number, name = ''): Json => {
    if (++fieldCount % fieldsPerSign === 0) working()
    if (typeof value === 'string') {
      const secret = guard === 'sealed' || isSecretClass(kind) || (guard === 'vault' && kind !== 'harmless')
      return secret ? secretText(value, name) : redactPlain(value, nesting)
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
    if (array.length > 1 && array.every((element) => typeof element === 'string')) redactArguments(array)
  }

  /** `["mysql", "-px"]` is a command line in pieces: a secret of the line is a secret of its pieces. */
  const redactArguments = (array: string[]): void => {
    if (!array.some((element) => element.startsWith('-'))) return
    const line = array.join(' ')
    if (line.length > maxLineLength || !mayHoldSecret(line)) return
    const secrets = new Set<string>()
    maskLines(
      line,
      (secret) => (isHarmlessValue(secret) || placeholder.test(secret) ? secret : note(secrets, secret)),
      isSecretName,
    )
    if (secrets.size === 0) return
    for (const [at, element] of array.entries()) {
      for (const secret of secrets) {
        if (element === secret) array[at] = digest(secret)
        else if (element.endsWith(secret)) array[at] = element.slice(0, -secret.length) + digest(secret)
      }
    }
  }

  /** A text under a harmless name: JSON is redacted as JSON; in other text each secret found is replaced. */
  const redactPlain = (text: string, nesting: number): string => {
    if (text.length < 5) return text
    if (/^\s*[[{"]/.test(text) && mayHoldSecret(text)) {
      if (nesting >= maxNestedJson) return secretText(text)
      const json = readJson(text)
      if (json === tooDeep) return secretText(text)
      if (json !== notJson) return redactParsed(json, text, nesting)
    }
    return maskWhatMayHold(text, digest)
  }

  const redactParsed = (json: Json, text: string, nesting: number): string => {
    const before = replaced
    const redacted = redactField(json, 'plain', null, nesting + 1)
    return replaced === before ? text : JSON.stringify(redacted)
  }

  const takeType = (type: string): void => {
    fields = secretFieldsOf(type)
    sealedType = isKubernetesSecret(type)
  }

  /** A record's beginning: as JSON if it can be parsed, else string by string. */
  const redactCutJson = (text: string): string => {
    const cut = readCutJson(text)
    if (cut === null) return mapStrings(text, (said) => redactPlain(said, 0))
    const before = replaced
    takeType(typeIn(cut.json))
    const written = JSON.stringify(redactField(cut.json, 'plain', null, 0))
    if (replaced === before) return text
    return written.endsWith(cut.added) ? written.slice(0, written.length - cut.added.length) : written
  }

  return {
    redactResource(resource) {
      const before = replaced
      takeType(resource.type)
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
      takeType('')
      return redactField(value as Json, 'plain', null, 0) as T
    },
    redactValue(value) {
      if (value === null || value === '' || (typeof value === 'string' && placeholder.test(value))) return value
      return digest(textOf(value))
    },
    redactText(text) {
      isForPeople = true
      try {
        const read = redactCutJson(text)
        const whole = /secret/i.test(read) ? read.replace(brokenData, '$1(redacted)') : read
        return maskCutEnd(maskSecrets(whole, digest, { isSecretName: isSecretInBrokenText }))
      } finally {
        isForPeople = false
      }
    },
  }
}

/** Assigning to a name "__proto__" would set the object's prototype instead. */
const define = (object: JsonObject, name: string, value: Json): void => {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

const note = (secrets: Set<string>, secret: string): string => {
  secrets.add(secret)
  return secret
}

/** The data of what may be a Kubernetes Secret. */
const brokenData = /((?:stringData|binaryData|string_data|binary_data|data)\\*"\s*:\s*)\{[^}]*\}?/g

/** Where neither type nor pairs can be seen any more, every JSON field is masked that is secret in any of them. */
const isSecretInBrokenText = (name: string, isQuoted: boolean): boolean => {
  const kind = classifyName(name)
  return isSecretClass(kind) || (isQuoted && (kind === 'paired' || anySecretField.has(name)))
}
