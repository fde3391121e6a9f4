import { messageOf, VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import type { JsonElementSplitter } from '../../model/json-elements.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { formatScope, isScope, type Key, keyOf, type Scope } from '../../model/scope.ts'
import { FieldFinder } from './field-finder.ts'

const given = (value: Json | undefined): string | null => (typeof value === 'string' && value !== '' ? value : null)

/**
 * The scope of a resource that stands in a file: the one it names in `scope`, as files that we write have it; else, in
 * VAINO's files, made of its provider, account, region or namespace, and type, so that two things with one id (a bucket
 * and its versioning) are kept apart.
 */
function scopeInFile(resource: Resource): Scope {
  const { scope } = resource
  if (typeof scope === 'string' && isScope(scope)) return scope
  return formatScope({
    provider: resource.provider,
    account: given(resource.account),
    location: given(resource.region) ?? given(resource.namespace),
    collection: resource.type,
  })
}

export const keyInFile = (resource: Resource): Key => keyOf(scopeInFile(resource), resource.id)

/** @throws VainoError `bad_input` without the three fields that a resource can't do without */
export function asResource(value: Json, where: string): Resource {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unusable(where, 'not a JSON object')
  const fields = value as { [name: string]: Json }
  const missing = ['id', 'type', 'provider'].filter((name) => given(fields[name]) === null)
  if (missing.length > 0) throw unusable(where, `a resource without ${missing.map((name) => `"${name}"`).join(', ')}`)
  if (fields.configuration === undefined && typeof fields.config === 'object') {
    // Early versions of VAINO called it so.
    fields.configuration = fields.config
    delete fields.config
  }
  return fields as Resource
}

const unusable = (where: string, what: string): VainoError =>
  new VainoError('bad_input', `${where}: ${what}`, { hint: 'Every resource needs a text in id, type and provider.' })

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Parses one element of a file. @throws VainoError `bad_input`, naming the place */
export function parseElement(bytes: Uint8Array, where: string): Json {
  try {
    return parseJson(strictUtf8.decode(bytes))
  } catch (cause) {
    const what = cause instanceof TypeError ? 'not valid UTF-8' : `not valid JSON (${messageOf(cause)})`
    throw new VainoError('bad_input', `${where}: ${what}`, { cause })
  }
}

const names = ['scope', 'id', 'type', 'provider', 'account', 'region', 'namespace'] as const
const [scopeAt, idAt, typeAt, providerAt, accountAt, regionAt, namespaceAt] = [0, 1, 2, 3, 4, 5, 6] as const

const quote = 0x22
const backslash = 0x5c
const slash = 0x2f
const percent = 0x25

/** Makes the key of a resource from its bytes, the same as {@link keyInFile} makes of the parsed resource. */
export class KeyReader {
  /** The key as UTF-8, in its first `length` bytes, until the next call. */
  bytes = new Uint8Array(512)
  length = 0
  readonly #fields = new FieldFinder(names)
  #lastScope = new Uint8Array(0)

  /**
   * Reads the element that a splitter has just handed out.
   * @throws VainoError `bad_input`, naming the file and the byte, when it has no id, type or provider
   */
  read(splitter: JsonElementSplitter, bytes: Uint8Array, start: number, end: number, where: () => string): void {
    this.length = 0
    const found = this.#fields.find(bytes, start, end, splitter.marks, splitter.markCount)
    if (found && this.#compose(bytes)) return
    // Escapes, or something missing: rare, so the parser decides.
    this.set(keyInFile(asResource(parseElement(bytes.subarray(start, end), where()), where())))
  }

  set(key: string): void {
    const text = new TextEncoder().encode(key)
    this.#reserve(text.length)
    this.bytes.set(text)
    this.length = text.length
  }

  #compose(element: Uint8Array): boolean {
    if (!this.#isText(element, idAt) || !this.#isText(element, typeAt) || !this.#isText(element, providerAt))
      return false
    if (this.#isText(element, scopeAt)) {
      if (!this.#copy(element, scopeAt, false)) return false
      if (this.#isScope()) {
        this.#append(slash)
        return this.#copy(element, idAt, false)
      }
      this.length = 0
    }
    const location = this.#isText(element, regionAt) ? regionAt : namespaceAt
    return (
      this.#part(element, providerAt) &&
      this.#part(element, accountAt) &&
      this.#part(element, location) &&
      this.#part(element, typeAt) &&
      this.#copy(element, idAt, false)
    )
  }

  /** Whether what was copied is a scope; neighbours in a file mostly share theirs, so the last one is remembered. */
  #isScope(): boolean {
    const last = this.#lastScope
    let same = last.length === this.length
    for (let i = 0; same && i < last.length; i++) same = last[i] === this.bytes[i]
    if (same) return true
    const found = this.bytes.slice(0, this.length)
    if (!isScope(new TextDecoder().decode(found))) return false
    this.#lastScope = found
    return true
  }

  /** Whether the field is a text that isn't empty. */
  #isText(element: Uint8Array, field: number): boolean {
    const start = this.#fields.starts[field] ?? -1
    return start >= 0 && element[start] === quote && element[start + 1] !== quote
  }

  /** One part of the scope, `-` where the field is no text, and its slash. @returns false when it holds an escape */
  #part(element: Uint8Array, field: number): boolean {
    if (!this.#isText(element, field)) this.#append(0x2d)
    else if (!this.#copy(element, field, true)) return false
    this.#append(slash)
    return true
  }

  /** @returns false when the text holds an escape that means nothing */
  #copy(element: Uint8Array, field: number, encode: boolean): boolean {
    const start = (this.#fields.starts[field] ?? 0) + 1
    const end = (this.#fields.ends[field] ?? 0) - 1
    const before = this.length
    if (this.#put(element, start, end, encode, backslash)) return true
    this.length = before
    const text = unescaped(element.subarray(start - 1, end + 1))
    return text !== null && this.#put(text, 0, text.length, encode, -1)
  }

  /** @returns false as soon as it meets the byte `unless` */
  #put(text: Uint8Array, start: number, end: number, encode: boolean, unless: number): boolean {
    this.#reserve(3 * (end - start))
    for (let at = start; at < end; at++) {
      const byte = text[at] ?? 0
      if (byte === unless) return false
      if (encode && (byte === slash || byte === percent)) this.#encoded(byte)
      else this.bytes[this.length++] = byte
    }
    return true
  }

  #encoded(byte: number): void {
    this.bytes.set(byte === slash ? encodedSlash : encodedPercent, this.length)
    this.length += 3
  }

  #append(byte: number): void {
    this.#reserve(1)
    this.bytes[this.length++] = byte
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = new Uint8Array(2 * (this.length + more))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}

/** What a JSON string with escapes says. */
function unescaped(json: Uint8Array): Uint8Array | null {
  try {
    return new TextEncoder().encode(JSON.parse(strictUtf8.decode(json)))
  } catch {
    return null
  }
}

const encodedSlash = new TextEncoder().encode('%2F')
const encodedPercent = new TextEncoder().encode('%25')
