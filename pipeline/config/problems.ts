import type { z } from 'zod'
import { nearest } from '../../model/nearest.ts'
import { fittingBranch } from './fitting-branch.ts'
import { formatPath, type KeyPath, type KeySchema, leaves, schemaAt, variantsOf } from './keys.ts'
import { getAt, type Merged } from './layer.ts'
import { maskText } from './mask.ts'

type Issue = z.core.$ZodIssue

/** One line for each thing that is wrong: where it stands, which key, what was expected and what was found. */
export const problemsOf = (issues: readonly Issue[], merged: Merged, schema: KeySchema): string[] =>
  issues
    .flatMap((issue) => describe(issue, [], merged, schema))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))

function describe(issue: Issue, outer: KeyPath, merged: Merged, schema: KeySchema): string[] {
  const path = [...outer, ...issue.path]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], merged, schema))
  if (issue.code === 'invalid_union') {
    const branch = fittingBranch(issue)
    if (branch !== null) return branch.flatMap((inner) => describe(inner, path, merged, schema))
  }
  const found = getAt(merged.values, path)
  const message = issue.message
    .replace(/^Invalid (input|option|string): /, '')
    .replace(/, received .*$/, '')
    .replace(/^expected string$/, 'expected text')
    .replace(/^expected array$/, 'expected a list')
    .replace(/^expected (?:object|record)$/, 'expected a block of keys')
  const what = found === undefined ? 'it is missing' : foundText(found, isSecret(path, schema))
  const quotes = isOfText(issue) && isUnquoted(found) && !hasExample.test(message) ? inQuotes : ''
  const owner = placeOf(path, 'value', merged)
  const isOneKey = /^(VAINO_|--)/.test(owner)
  // A variable or a flag says by itself which key is meant; what is missing beside it is another one.
  const place = isOneKey && found === undefined ? '' : owner
  const key = isOneKey && found !== undefined ? '' : `${formatPath(path)}: `
  return [
    `${place}${key}${lowerFirst(message)}; ${what}${quotes}${meantOf(issue, found)}${listMeant(issue, found, schemaAt(schema, path))}`,
  ]
}

/** Text is expected, or would be taken among others. */
const isOfText = (issue: Issue): boolean =>
  (issue.code === 'invalid_type' && issue.expected === 'string') ||
  (issue.code === 'invalid_union' && issue.message === 'expected text')

const inQuotes = '; put it in quotes'
/** Of a text that has a form: in quotes a number alone is still no duration and no address. */
const hasExample = /such as/

/** YAML reads `1234` and `true` as no text. */
const isUnquoted = (found: unknown): boolean => typeof found === 'number' || typeof found === 'boolean'

/** Of a secret only its type. */
function foundText(found: unknown, isSecretKey: boolean): string {
  if (!isSecretKey) return `found ${shown(found)}`
  return isUnquoted(found) ? `found a ${typeof found}` : 'found something else'
}

/** The nearest of the values that there are. */
function meantOf(issue: Issue, found: unknown): string {
  if (issue.code !== 'invalid_value' || typeof found !== 'string') return ''
  const meant = nearest(found, issue.values.map(String))
  return meant === null ? '' : `; did you mean ${meant}?`
}

/** A list, or one of its elements, where a block says which are included. */
function listMeant(issue: Issue, found: unknown, block: KeySchema | null): string {
  const isList = Array.isArray(found) || typeof found === 'string'
  if (!/expected object/.test(issue.message) || !isList) return ''
  const blocks = block === null ? [] : [block, ...variantsOf(block)]
  if (!blocks.some(({ properties }) => properties?.include !== undefined)) return ''
  return `; did you mean {include: ${shown(Array.isArray(found) ? found : [found])}}?`
}

function unknownKey(path: KeyPath, merged: Merged, schema: KeySchema): string {
  const siblings = keysOf(schemaAt(schema, path.slice(0, -1)), getAt(merged.values, path.slice(0, -1)))
  const name = String(path.at(-1))
  const meant = nearest(name, siblings)
  const block = formatPath(path.slice(0, -1))
  const place = placeOf(path, 'key', merged)
  if (meant !== null) return `${place}${formatPath(path)} is no key; did you mean ${meant}?`
  return `${place}${formatPath(path)} is no key; ${block === '' ? 'there are' : `${block} has`} ${siblings.join(', ')}`
}

/** The keys of a block; where the block has variants, those of the variant whose `kind` is the given one, or of the only one with keys. */
function keysOf(schema: KeySchema | null, given: unknown): string[] {
  const kind = typeof given === 'object' && given !== null && 'kind' in given ? given.kind : undefined
  const withKeys = schema === null ? [] : variantsOf(schema).filter(({ properties }) => properties !== undefined)
  const ofKind = withKeys.find(({ properties }) => kind !== undefined && properties?.kind?.const === kind)
  const variant = ofKind ?? (withKeys.length === 1 ? withKeys[0] : undefined)
  return Object.keys(schema?.properties ?? variant?.properties ?? {})
}

export function placeOf(path: KeyPath, what: 'key' | 'value', merged: Merged): string {
  const owner = merged.ownerOf(path)
  return owner === null ? '' : `${owner.locate(path, what)}: `
}

/** Whether a secret may stand at a path: it is a secret key or lies in one, or a value was given in the place of a block that has one. */
function isSecret(path: KeyPath, schema: KeySchema): boolean {
  if (path.some((_, at) => schemaAt(schema, path.slice(0, at + 1))?.['x-secret'])) return true
  const below = schemaAt(schema, path)
  return below !== null && leaves(below).some((leaf) => leaf.schema['x-secret'])
}

function shown(value: unknown): string {
  const text = maskText(JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
