import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** The provider's names that are another word than the API's. */
const otherWords: Readonly<Record<string, string>> = { storage_provisioner: 'provisioner' }

/** Blocks whose members stand in the object around them in the API. */
const unwrapped: ReadonlySet<string> = new Set(['persistent_volume_source'])

/** Lists of texts in which the order counts. */
const ordered: ReadonlySet<string> = new Set(['args', 'command'])

/** Pairs of elements that are looked at to find the one that another stands for; beyond, position decides. */
const maxPairs = 10_000

/** `liveness_probe` → `livenessProbe`. */
const camelOf = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/**
 * A block of a Terraform state in the API's words, as far as it says something: snake_case as camelCase, a list of one as an object where the API has one,
 * a singular block as the API's plural list. What the API has in its place decides between them; where it has nothing, the regular name stands.
 * Maps, which a state has as objects, keep their keys.
 * @param example what the API has there
 */
export function apiFormOfBlock(block: JsonObject, example: Json): JsonObject {
  const there = isObject(example) ? example : {}
  const form: JsonObject = {}
  for (const [name, value] of Object.entries(block)) {
    if (saysNothing(value)) continue
    if (unwrapped.has(name)) {
      for (const inner of Array.isArray(value) ? value : [value])
        if (isObject(inner)) Object.assign(form, apiFormOfBlock(inner, there))
      continue
    }
    const key = nameIn(name, there) ?? otherWords[name] ?? camelOf(name)
    form[key] = formOf(name, value, Object.hasOwn(there, key) ? (there[key] ?? null) : null)
  }
  return withoutBookkeeping(form)
}

/** Of the metadata of a template or a claim, what somebody writes. */
function withoutBookkeeping(form: JsonObject): JsonObject {
  const { metadata = null } = form
  if (!isObject(metadata)) return form
  const { labels, annotations } = metadata
  return { ...form, metadata: { ...(labels && { labels }), ...(annotations && { annotations }) } }
}

const saysNothing = (value: Json): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** The API's name of an attribute, by what is there: another case of acronyms (`cluster_ip`, `clusterIP`), a plural, or `updateStrategy` for `strategy`. */
export function nameIn(name: string, there: JsonObject): string | null {
  const camel = (otherWords[name] ?? camelOf(name)).toLowerCase()
  const candidates = [camel, `${camel}s`, `${camel}es`, camel.replace(/y$/, 'ies'), `update${camel}`]
  const names = Object.keys(there)
  for (const candidate of candidates) {
    const found = names.find((one) => one.toLowerCase() === candidate)
    if (found !== undefined) return found
  }
  return null
}

function formOf(name: string, value: Json, example: Json): Json {
  // File modes are texts in octal digits.
  if (/(?:^|_)mode$/.test(name) && typeof value === 'string' && /^0[0-7]{3}$/.test(value))
    return Number.parseInt(value, 8)
  if (!Array.isArray(value)) return value
  const isBlocks = value.every((element) => isObject(element) || element === null)
  if (!isBlocks) return textsAs(name, value, example)
  if (isObject(example)) return apiFormOfBlock(isObject(value[0] ?? null) ? (value[0] as JsonObject) : {}, example)
  if (!Array.isArray(example)) {
    const forms = value.map((block) => apiFormOfBlock(isObject(block) ? block : {}, null))
    return forms.length === 1 ? (forms[0] ?? null) : forms
  }
  return blocksAs(
    value.map((block) => (isObject(block) ? block : {})),
    example,
  )
}

/** A set stands in a state in an order of its own. */
function textsAs(name: string, value: readonly Json[], example: Json): Json {
  if (!Array.isArray(example)) return value.length === 1 && example !== null ? (value[0] ?? null) : [...value]
  const sorted = (list: readonly Json[]): string => JSON.stringify(list.map(String).sort())
  return !ordered.has(name) && sorted(value) === sorted(example) ? example : [...value]
}

/** Each block beside the element that it has most in common with, in the API's order where each has one. */
function blocksAs(blocks: readonly JsonObject[], example: readonly Json[]): Json {
  const left = new Set(example.keys())
  const isSmall = blocks.length * example.length <= maxPairs
  const places = blocks.map((block, at) => {
    const place = isSmall ? likest(block, example, left) : at
    if (place !== null) left.delete(place)
    return place
  })
  const forms = blocks.map((block, at) => {
    const place = places[at] ?? null
    return apiFormOfBlock(block, place === null ? null : (example[place] ?? null))
  })
  if (blocks.length !== example.length || places.includes(null)) return forms
  const inOrder: Json[] = []
  for (const [at, form] of forms.entries()) inOrder[places[at] ?? at] = form
  return inOrder
}

function likest(block: JsonObject, example: readonly Json[], left: ReadonlySet<number>): number | null {
  let best: number | null = null
  let most = -1
  for (const place of left) {
    const common = inCommon(apiFormOfBlock(block, example[place] ?? null), example[place] ?? null)
    if (common > most) [best, most] = [place, common]
  }
  return best
}

/** How many values two documents share; a name counts for more than all else. */
function inCommon(one: Json, other: Json): number {
  if (Array.isArray(one) && Array.isArray(other))
    return one.reduce<number>((sum, element, at) => sum + inCommon(element, other[at] ?? null), 0)
  if (!isObject(one) || !isObject(other)) return one !== null && String(one) === String(other) ? 1 : 0
  return Object.entries(one).reduce(
    (sum, [member, value]) => sum + inCommon(value, other[member] ?? null) * (member === 'name' ? 1000 : 1),
    0,
  )
}
