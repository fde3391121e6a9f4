import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { rulesFor, type TypeRules, type Volatile } from './array-identity.ts'
import { canonicalHash } from './canonical.ts'
import { diffResources } from './field-diff.ts'
import { isRawNumber, normaliseNumber, parseJson } from './json.ts'
import { comparedFields, type Json, type Resource } from './resource.ts'

/** A document before it is written: names keep an order and may be odd, numbers keep their spelling. */
type Draft =
  | { kind: 'scalar'; text: string }
  | { kind: 'list'; elements: Draft[] }
  | { kind: 'object'; fields: [name: string, value: Draft][] }

const write = (draft: Draft): string => {
  switch (draft.kind) {
    case 'scalar':
      return draft.text
    case 'list':
      return `[${draft.elements.map(write).join()}]`
    case 'object':
      return `{${draft.fields.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join()}}`
  }
}

/** Names that rules know, names that trap JavaScript, names that trap paths and pointers. */
const names = [
  ...['tags', 'subnet_ids', 'ingress', 'protocol', 'from_port', 'to_port', 'description', 'Statement', 'Sid', 'Action'],
  ...['containers', 'env', 'ports', 'containerPort', 'name', 'key', 'Key', 'Value', 'value', 'conditions', 'type'],
  ...['metadata', 'resourceVersion', 'status', 'lastHeartbeatTime', 'last_modified', 'spec', 'allow', 'rawJSON'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a.b', 'x/y', 'm~n', '', '0', '10', '[3]', 'ü'],
]
const types = [
  'aws_security_group',
  'aws_lambda_function',
  'google_compute_firewall',
  'kubernetes:apps.Deployment',
  'x',
]

/** Each row holds spellings of one value; different rows are different values. */
const spellings = [
  ['1', '1.0', '10e-1', '1E0'],
  ['0', '-0', '0.0', '0e5'],
  ['10', '1e1', '10.00'],
  ['0.1', '1e-1'],
  ['9007199254740993', '9007199254740993.0'],
  ['9007199254740992', '9.007199254740992e15'],
  ['0.1000000000000000055'],
  ['1e400'],
  ['-1'],
  ['"1"', '"\\u0031"'],
  ['"tcp"'],
  ['"\\ud800"'],
  ['"\\udc00"'],
  ['"ab"'],
  ['""'],
  ['"null"'],
  ['null'],
  ['true'],
  ['false'],
]

const scalar = fc.constantFrom(...spellings.flat()).map((text): Draft => ({ kind: 'scalar', text }))
const name = fc.constantFrom(...names)

/** Arrays that a rule may know, of elements that may have its identity, all alike but for a few values. */
const knownArrays = ['tags', 'env', 'containers', 'conditions', 'ingress', 'Statement', 'ports', 'subnet_ids', 'allow']
const identityFields = ['name', 'key', 'Key', 'type', 'protocol', 'from_port', 'Sid', 'containerPort']
const few = fc.constantFrom('1', '1.0', '"1"', '"tcp"', '"ab"', 'null').map((text): Draft => ({ kind: 'scalar', text }))

const { object: draft } = fc.letrec<{ value: Draft; object: Draft; known: Draft }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }).map((elements): Draft => ({ kind: 'list', elements })),
    tie('known'),
    tie('object'),
  ),
  object: fc
    .uniqueArray(fc.oneof(fc.tuple(name, tie('value')), fc.tuple(fc.constantFrom(...knownArrays), tie('known'))), {
      maxLength: 4,
      selector: ([field]) => field,
    })
    .map((fields): Draft => ({ kind: 'object', fields })),
  known: fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...identityFields), { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(fc.array(few, { minLength: 3, maxLength: 3 }), fc.option(tie('object'), { freq: 1 })), {
        maxLength: 4,
      }),
    )
    .map(
      ([fields, elements]): Draft => ({
        kind: 'list',
        elements: elements.map(([values, rest]) => ({
          kind: 'object',
          fields: [
            ...fields.map((field, at): [string, Draft] => [field, values[at] ?? { kind: 'scalar', text: 'null' }]),
            ...(rest?.kind === 'object' ? rest.fields.filter(([field]) => !fields.includes(field)) : []),
          ],
        })),
      }),
    ),
}))

/** Something done to a copy of a document somewhere in it: harmless or not, the oracle says. */
const editOf = fc.record({
  at: fc.array(fc.nat(20), { maxLength: 6 }),
  what: fc.constantFrom('respell', 'reverse', 'rotate', 'replace', 'remove', 'add', 'repeat', 'wrap', 'turn', 'turn'),
  value: scalar,
  name,
})
type Edit = typeof editOf extends fc.Arbitrary<infer T> ? T : never

const respell = (text: string): string => {
  const row = spellings.find((some) => some.includes(text)) ?? [text]
  return row[(row.indexOf(text) + 1) % row.length] ?? text
}

/** Every list in it the other way round. */
const turned = (target: Draft): Draft => {
  if (target.kind === 'list') return { kind: 'list', elements: target.elements.map(turned).toReversed() }
  if (target.kind === 'object') return { kind: 'object', fields: target.fields.map(([field, v]) => [field, turned(v)]) }
  return target
}

function edited(target: Draft, edit: Edit, depth = 0): Draft {
  if (edit.what === 'turn' && depth === Math.min(edit.at.length, 2)) return turned(target)
  const step = edit.at[depth]
  if (step !== undefined && target.kind === 'list' && target.elements.length > 0) {
    const chosen = step % target.elements.length
    return { ...target, elements: target.elements.map((e, at) => (at === chosen ? edited(e, edit, depth + 1) : e)) }
  }
  if (step !== undefined && target.kind === 'object' && target.fields.length > 0) {
    const chosen = step % target.fields.length
    return {
      ...target,
      fields: target.fields.map(([field, v], at) => [field, at === chosen ? edited(v, edit, depth + 1) : v]),
    }
  }
  switch (target.kind) {
    case 'scalar':
      if (edit.what === 'respell') return { kind: 'scalar', text: respell(target.text) }
      return edit.what === 'wrap' ? { kind: 'list', elements: [target] } : edit.value
    case 'list': {
      const [first, ...rest] = target.elements
      if (edit.what === 'reverse') return { kind: 'list', elements: target.elements.toReversed() }
      if (first === undefined) return { kind: 'list', elements: [edit.value] }
      if (edit.what === 'rotate') return { kind: 'list', elements: [...rest, first] }
      if (edit.what === 'remove') return { kind: 'list', elements: rest }
      if (edit.what === 'repeat') return { kind: 'list', elements: [first, ...target.elements] }
      return { kind: 'list', elements: [...target.elements, edit.value] }
    }
    case 'object': {
      const [first, ...rest] = target.fields
      if (edit.what === 'reverse' || edit.what === 'respell') {
        return { kind: 'object', fields: target.fields.toReversed() }
      }
      if (first !== undefined && (edit.what === 'remove' || edit.what === 'rotate')) {
        return { kind: 'object', fields: edit.what === 'remove' ? rest : [...rest, first] }
      }
      const others = target.fields.filter(([field]) => field !== edit.name)
      return { kind: 'object', fields: [...others, [edit.name, edit.value]] }
    }
  }
}

const resource = (type: string, configuration: Draft): Resource => {
  const [provider, kind] = type.startsWith('kubernetes:') ? ['kubernetes', type.slice(11)] : ['aws', type]
  return parseJson(
    `{"id":"x","type":"${kind}","provider":"${provider}","configuration":${write(configuration)}}`,
  ) as unknown as Resource
}

/** The oracle: one text for each class of equal resources, made in the plainest way. */
function canonicalText(of: Resource): string {
  const rules = rulesFor(of.provider, of.type)
  return comparedFields
    .map((field) => textOf(of[field] ?? null, rules, field === 'configuration' ? rules.volatile : null, field, ''))
    .join('\n')
}

function textOf(value: Json, rules: TypeRules, volatile: Volatile | null, field: string, owner: string | null): string {
  if (typeof value === 'number') return normaliseNumber(String(value))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isRawNumber(value)) return normaliseNumber(value.rawJSON)
  if (!Array.isArray(value)) {
    const entries = Object.entries(value)
      .filter(([name]) => volatile?.get(name) !== true)
      .map(([name, below]) => {
        const rest = volatile?.get(name)
        return `${JSON.stringify(name)}:${textOf(below, rules, rest instanceof Map ? rest : null, name, field)}`
      })
    return `{${entries.sort().join()}}`
  }
  const texts = value.map((element) => textOf(element, rules, volatile, field, Array.isArray(element) ? null : ''))
  const rule = owner === null ? null : rules.arrayRule(field, owner)
  const isKeyed = rule?.identities.some((identity) => {
    const ids = value.map((element) => {
      if (typeof element !== 'object' || element === null || Array.isArray(element) || isRawNumber(element)) return null
      const parts = identity.map((part) => {
        const own = Object.hasOwn(element, part) ? (element[part] as Json) : null
        return typeof own === 'object' && own !== null && !isRawNumber(own) ? null : textOf(own, rules, null, '', null)
      })
      return parts.includes(null) || parts.every((part) => part === 'null') ? null : parts.join('\n')
    })
    return !ids.includes(null) && new Set(ids).size === ids.length
  })
  return `[${(isKeyed || rule?.unordered ? texts.sort() : texts).join()}]`
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

const pair = fc
  .tuple(fc.constantFrom(...types), draft, fc.array(editOf, { maxLength: 3 }))
  .map(([type, first, edits]): [Resource, Resource] => [
    resource(type, first),
    resource(
      type,
      edits.reduce((target, edit) => edited(target, edit), first),
    ),
  ])

describe('the canonical hash and the field diff', () => {
  const timeoutMs = 60_000

  test(
    'I4: agree with each other, and with an oracle, on what is equal',
    () => {
      let equal = 0
      fc.assert(
        fc.property(pair, ([before, after]) => {
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
        fc.property(pair, ([before, after]) => {
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
    'are the same whatever the order of names',
    () => {
      fc.assert(
        fc.property(pair, ([before, after]) => {
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
