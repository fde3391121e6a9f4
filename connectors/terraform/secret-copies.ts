import type { Redactor } from '../../model/redaction.ts'
import type { Json } from '../../model/resource.ts'
import { asObject, type JsonObject } from './parse-bytes.ts'

/**
 * Finds copies of known secrets: as they are, or as JSON, a URL, hexadecimal or base64 spell them, also inside longer text and in
 * names of members. All forms of all secrets are indexed by their first four characters, so a text is read once, whatever the number
 * of secrets. A copy inside longer base64 is known by the characters that do not depend on what stands around it; then the whole run of
 * base64 is replaced, because its neighbours hold some of the secret's bits.
 */

/** Shorter secrets are not sought in other text: they would be found everywhere. */
const minSoughtLength = 6
const prefixLength = 4

interface Form {
  readonly text: string
  readonly secret: string
  readonly isInBase64: boolean
}

/** @param secrets the clear texts; those below {@link minSoughtLength} are left out */
export function copyRedactor(secrets: Iterable<string>, redactor: Redactor): (value: Json | undefined) => void {
  const forms = new Map<string, Form[]>()
  for (const secret of secrets)
    if (secret.length >= minSoughtLength) for (const form of formsOf(secret)) add(forms, form)
  // The longest first: a secret may hold another.
  for (const list of forms.values()) list.sort((a, b) => b.text.length - a.text.length)
  const clean = (text: string) => withoutCopies(text, forms, redactor)
  return (value) => {
    if (forms.size > 0 && value !== undefined) cleanBelow(value, clean, true)
  }
}

function add(forms: Map<string, Form[]>, form: Form): void {
  const prefix = form.text.slice(0, prefixLength)
  const list = forms.get(prefix)
  if (list === undefined) forms.set(prefix, [form])
  else if (!list.some(({ text }) => text === form.text)) list.push(form)
}

function formsOf(secret: string): Form[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret.toWellFormed())
  const spelled = [
    ...[secret, json, JSON.stringify(json).slice(1, -1), Buffer.from(secret).toString('hex')],
    ...[url, url.replaceAll('%20', '+'), url.replace(/%../g, (code) => code.toLowerCase())],
  ]
  return [
    ...spelled.map((text) => ({ text, secret, isInBase64: false })),
    ...[0, 1, 2].flatMap((shift) => base64Of(secret, shift)).map((text) => ({ text, secret, isInBase64: true })),
  ].filter(({ text }) => text.length >= minSoughtLength)
}

/** What base64 makes of a secret behind `shift` other bytes, without the characters that neighbours decide. */
function base64Of(secret: string, shift: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
  const text = bytes.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6))
  return [text, text.replaceAll('+', '-').replaceAll('/', '_')]
}

/** @param isRoot whether the names are the provider's own attributes, which are no copies of anything */
function cleanBelow(value: Json, clean: (text: string) => string, isRoot: boolean): void {
  if (Array.isArray(value)) {
    for (const [at, inner] of value.entries()) {
      if (typeof inner === 'string') value[at] = clean(inner)
      else cleanBelow(inner, clean, false)
    }
    return
  }
  const object = asObject(value)
  if (object === null) return
  for (const [name, inner] of Object.entries(object)) {
    if (typeof inner === 'string') define(object, name, clean(inner))
    else cleanBelow(inner, clean, false)
  }
  if (!isRoot) renameMembers(object, clean)
}

function renameMembers(object: JsonObject, clean: (text: string) => string): void {
  const members = Object.entries(object).map(([name, inner]) => [clean(name), inner] as const)
  if (members.every(([name]) => Object.hasOwn(object, name))) return
  for (const name of Object.keys(object)) delete object[name]
  for (const [name, inner] of members) define(object, name, inner)
}

/** Assigning to a name "__proto__" would set the object's prototype instead. */
const define = (object: JsonObject, name: string, value: Json): void => {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

const base64Sign = /[A-Za-z0-9+/_=-]/

function withoutCopies(text: string, forms: ReadonlyMap<string, readonly Form[]>, redactor: Redactor): string {
  let clean = ''
  let copied = 0
  for (let at = 0; at + minSoughtLength <= text.length; at++) {
    const form = forms.get(text.slice(at, at + prefixLength))?.find((candidate) => text.startsWith(candidate.text, at))
    if (form === undefined) continue
    let from = at
    let to = at + form.text.length
    if (form.isInBase64) {
      while (from > copied && base64Sign.test(text.charAt(from - 1))) from--
      while (to < text.length && base64Sign.test(text.charAt(to))) to++
    }
    clean +=
      text.slice(copied, from) + String(redactor.redactValue(form.isInBase64 ? text.slice(from, to) : form.secret))
    copied = to
    at = to - 1
  }
  return copied === 0 ? text : clean + text.slice(copied)
}
