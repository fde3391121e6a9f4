import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Draft, draftPair, nestingOf, write } from '../test/comparison/drafts.ts'
import { runs } from '../test/property.ts'
import type { TypeRules, Volatile } from './array-identity.ts'
import { attributesOwner, canonicalHash } from './canonical.ts'
import type { FieldChange } from './change.ts'
import { diffResources } from './field-diff.ts'
import { isRawNumber, normaliseNumber, parseJson } from './json.ts'
import { looksLikeJson, maxNestedTexts } from './json-text.ts'
import { comparedFields, type Json, type Resource } from './resource.ts'
import { rulesOf } from './resource-rules.ts'

const types = [
  'aws_security_group',
  'aws_lambda_function',
  'google_compute_firewall',
  'kubernetes:apps.Deployment',
  'x',
]

const resource = (type: string, configuration: Draft, mode = 'none'): Resource => {
  const [provider, kind] = type.startsWith('kubernetes:') ? ['kubernetes', type.slice(11)] : ['aws', type]
  return parseJson(
    `{"id":"x","type":"${kind}","provider":"${provider}","configuration":${write(configuration)},"metadata":{"mode":"${mode}"}}`,
  ) as unknown as Resource
}

/** The oracle: one text for each class of equal resources, made in the plainest way. */
function canonicalText(of: Resource): string {
  const rules = rulesOf(of)
  return comparedFields
    .map((field) => {
      const isConfiguration = field === 'configuration'
      const volatile = isConfiguration ? rules.volatile : null
      const text = textOf(of[field] ?? null, rules, volatile, field, isConfiguration ? attributesOwner : '')
      return text === '{}' ? 'null' : text
    })
    .join('\n')
}

function textOf(
  value: Json,
  rules: TypeRules,
  volatile: Volatile | null,
  field: string,
  owner: string | null,
  nesting = 0,
): string {
  const held = typeof value === 'string' && nesting < maxNestedTexts ? heldBy(value) : null
  if (held !== null) return `text ${textOf(held, rules.inText(field, held), null, field, owner, nesting + 1)}`
  if (typeof value === 'number') return normaliseNumber(String(value))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isRawNumber(value)) return normaliseNumber(value.rawJSON)
  if (!Array.isArray(value)) {
    const hasAttributes = owner === null || owner === attributesOwner
    const entries = Object.entries(value)
      .filter(([name, below]) => volatile?.get(name) !== true && below !== null)
      .map(([name, below]) => {
        const rest = volatile?.get(name)
        const single = !Array.isArray(below) && rules.arrayRule(name, field)?.mayBeSingle ? [below] : below
        const text = textOf(single, rules, rest instanceof Map ? rest : null, name, field, nesting)
        const isUnset = hasAttributes && rules.emptyIsUnset && ['""', '[]', '{}'].includes(text)
        return isUnset ? null : `${JSON.stringify(name)}:${text}`
      })
      .filter((entry) => entry !== null)
    return `{${entries.sort().join()}}`
  }
  const texts = value.map((element) => textOf(element, rules, volatile, field, null, nesting))
  const rule = owner === null ? null : rules.arrayRule(field, owner)
  const isKeyed = rule?.identities.some((identity) => {
    const ids = value.map((element) => {
      if (typeof element !== 'object' || element === null || Array.isArray(element) || isRawNumber(element)) return null
      const parts = identity.map((part) => {
        const own = Object.hasOwn(element, part) ? (element[part] as Json) : null
        const isDocument = typeof own === 'string' ? looksLikeJson(own) : typeof own === 'object' && !isRawNumber(own)
        return isDocument && own !== null ? null : textOf(own, rules, null, '', null)
      })
      return parts.includes(null) || parts.every((part) => part === 'null') ? null : parts.join('\n')
    })
    return !ids.includes(null) && new Set(ids).size === ids.length
  })
  return `[${(isKeyed || rule?.unordered ? texts.sort() : texts).join()}]`
}

function heldBy(text: string): Json | null {
  try {
    const held = parseJson(text)
    return typeof held === 'object' && !isRawNumber(held) ? held : null
  } catch {
    return null
  }
}

const hashOf = (of: Resource): string => {
  const out = new Uint32Array(2)
  canonicalHash(of, out)
  return out.join('-')
}

/** What a pointer leads to: what holds it and under which token. */
function resolve(root: Json, pointer: string): { holder: Json; token: string; value: Json } {
  const tokens = pointer.split('/').slice(1)
  let holder: Json = null
  let value = root
  let token = ''
  for (const escaped of tokens) {
    token = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    holder = value
    expect(Object.hasOwn(holder as object, token)).toBe(true)
    value = (holder as { [name: string]: Json })[token] as Json
  }
  return { holder, token, value }
}

const put = (holder: Json, token: string, value: Json | undefined) =>
  Object.defineProperty(holder, token, { value, enumerable: true, configurable: true, writable: true })

/** Drops what was put to undefined, from objects and from arrays. */
const swept = (value: Json | undefined): Json | undefined => {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value
  if (Array.isArray(value)) return value.map(swept).filter((element) => element !== undefined) as Json
  const copy = {}
  for (const name of Object.keys(value)) {
    const below = swept(value[name])
    if (below !== undefined) put(copy as Json, name, below)
  }
  return copy
}

const pairOf = (withTexts: boolean): fc.Arbitrary<[Resource, Resource]> =>
  fc
    .tuple(fc.constantFrom(...types), draftPair(withTexts), fc.constantFrom('none', 'managed'))
    .map(([type, [before, after], mode]) => [resource(type, before, mode), resource(type, after, mode)])

describe('the canonical hash and the field diff', () => {
  const timeoutMs = 60_000

  test(
    'I4: agree with each other, and with an oracle, on what is equal',
    () => {
      let equal = 0
      fc.assert(
        fc.property(pairOf(true), ([before, after]) => {
          const same = canonicalText(before) === canonicalText(after)
          if (same) equal++
          expect(hashOf(before) === hashOf(after)).toBe(same)
          expect(diffResources(before, after).length === 0).toBe(same)
          expect(diffResources(after, before).length === 0).toBe(same)
        }),
        runs(4000),
      )
      expect(equal).toBeGreaterThan(0)
    },
    timeoutMs,
  )

  test(
    'the changes are all that differs: taken back, they leave two equal documents',
    () => {
      fc.assert(
        fc.property(pairOf(false), ([before, after]) => {
          const [was, is] = [structuredJson(before), structuredJson(after)]
          for (const change of diffResources(before, after)) {
            if (change.op !== 'add') expect(change.before).not.toBeUndefined()
            const root = (change.op === 'remove' ? before : after) as unknown as Json
            const found = resolve(root, change.pointer).value
            expect(found).toBe(change.op === 'remove' ? change.before : change.after)
            const copy = resolve(change.op === 'remove' ? was : is, change.pointer)
            put(copy.holder, copy.token, change.op === 'replace' ? structuredJson(change.before) : undefined)
          }
          expect(canonicalText(swept(is) as unknown as Resource)).toBe(canonicalText(swept(was) as unknown as Resource))
        }),
        runs(1500),
      )
    },
    timeoutMs,
  )

  test(
    'go through JSON in a text as through the same JSON outside, all pointers being at the text',
    () => {
      const inside = (policy: Draft) => resource('aws_thing', { kind: 'object', fields: [['policy', policy]] })
      const asText = (document: Draft, gap: string) => inside({ kind: 'text', document, gap })
      const shown = (changes: FieldChange[]) => changes.map(({ pointer, ...shown }) => JSON.stringify(shown))
      const hasRoom = ([before, after]: Draft[]) =>
        before !== undefined && after !== undefined && nestingOf(before) + nestingOf(after) < maxNestedTexts
      fc.assert(
        fc.property(draftPair(true).filter(hasRoom), ([before, after]) => {
          const changes = diffResources(asText(before, ''), asText(after, ' '))
          expect(shown(changes)).toEqual(shown(diffResources(inside(before), inside(after))))
          for (const { pointer } of changes) expect(pointer).toBe('/configuration/policy')
        }),
        runs(1000),
      )
    },
    timeoutMs,
  )

  test(
    'are the same whatever the order of names',
    () => {
      fc.assert(
        fc.property(pairOf(true), ([before, after]) => {
          const other = diffResources(reversedNames(before), reversedNames(after))
          expect(JSON.stringify(other.map(({ path, pointer, op }) => [path, pointer, op]))).toBe(
            JSON.stringify(diffResources(before, after).map(({ path, pointer, op }) => [path, pointer, op])),
          )
        }),
        runs(200),
      )
    },
    timeoutMs,
  )
})

/** A deep copy; raw numbers are frozen and shared. */
function structuredJson(value: Json | Resource): Json {
  if (typeof value !== 'object' || value === null || isRawNumber(value as Json)) return value as Json
  if (Array.isArray(value)) return value.map(structuredJson)
  const copy = {}
  for (const name of Object.keys(value))
    put(copy as Json, name, structuredJson((value as { [n: string]: Json })[name] as Json))
  return copy
}

function reversedNames<T extends Json | Resource>(value: T): T {
  if (typeof value !== 'object' || value === null || isRawNumber(value as Json)) return value
  if (Array.isArray(value)) return value.map(reversedNames) as T
  const copy = {}
  for (const name of Object.keys(value).reverse()) {
    put(copy as Json, name, reversedNames((value as { [n: string]: Json })[name] as Json))
  }
  return copy as T
}
