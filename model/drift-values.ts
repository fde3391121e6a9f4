import { isObject, isRawNumber, normaliseNumber } from './json.ts'
import { documentIn } from './json-text.ts'
import type { Json } from './resource.ts'
import { placeholder } from './secret-text.ts'

/**
 * Whether a value says nothing. A provider answers `null` where the state has `""`, `[]`, `{}`, or a block of only these. Against the state
 * `0` and `false` say nothing either: a provider without them in its answer leaves the zero value. Between two readings they are values.
 */
export function isNothing(value: Json, zeroIsNothing: boolean): boolean {
  if (value === null || value === '') return true
  if (zeroIsNothing && (value === false || value === 0)) return true
  if (Array.isArray(value)) return value.every((element) => isNothing(element, zeroIsNothing))
  return isObject(value) && Object.values(value).every((member) => isNothing(member, zeroIsNothing))
}

const token = /\(redacted(?::[0-9a-f]{16})?\)/

const tokenKind = (value: Json): 'none' | 'part' | 'whole' =>
  typeof value !== 'string' || !token.test(value) ? 'none' : placeholder.test(value) ? 'whole' : 'part'

/**
 * Whether nothing can be said of two values, because only one of them was redacted, or one as a whole and the other in part. A secret is
 * compared by its token, which both sides must have.
 */
export const isIncomparable = (before: Json, after: Json): boolean => tokenKind(before) !== tokenKind(after)

const structuralTypes = new Set(['object', 'map', 'list', 'set', 'tuple'])

/**
 * A value of dynamic type stands in a state with its type beside it: `{"value": …, "type": ["object", …]}`. How deep the type is written out
 * differs between a state and a reading, so only the value is compared.
 */
export function withoutType(value: Json): Json {
  if (!isObject(value)) return value
  const names = Object.keys(value)
  if (names.length !== 2 || !Object.hasOwn(value, 'value')) return value
  const type = value.type
  const isTyped = Array.isArray(type) && type.length >= 2 && structuralTypes.has(String(type[0]))
  return isTyped ? withoutType(value.value ?? null) : value
}

/**
 * One text for values that mean the same in a set: what says nothing is left out, JSON in a text goes by its content, and the order of an
 * array counts only where it is a list.
 * @param isSet whether the array at a schema path is a set
 */
export function canonicalText(
  value: Json,
  path: string,
  zeroIsNothing: boolean,
  isSet: (path: string) => boolean,
): string {
  const bare = withoutType(value)
  if (isNothing(bare, zeroIsNothing)) return ''
  if (typeof bare === 'string') {
    const document = documentIn(bare)
    return document === null ? JSON.stringify(bare) : `json ${canonicalText(document, '', false, () => false)}`
  }
  if (typeof bare === 'number') return normaliseNumber(String(bare))
  if (typeof bare !== 'object' || bare === null) return String(bare)
  if (Array.isArray(bare)) {
    const elements = bare.map((element) => canonicalText(element, path, zeroIsNothing, isSet))
    return `[${(isSet(path) ? elements.sort() : elements).join()}]`
  }
  if (isRawNumber(bare)) return normaliseNumber(bare.rawJSON)
  const members = Object.keys(bare)
    .sort()
    .map((name) => [name, canonicalText(bare[name] ?? null, `${path}.${name}`, zeroIsNothing, isSet)])
    .filter(([, text]) => text !== '')
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`
}
