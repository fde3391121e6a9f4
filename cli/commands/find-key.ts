import type { Item } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import { keyOf, type Scope, splitKey } from '../../model/scope.ts'
import type { Server } from '../server.ts'
import { labelText, scopeLabel, separator } from '../terminal/label.ts'
import { pagesOf } from '../terminal/pages.ts'
import { withNearestKey } from './known-key.ts'
import { isUnknown, scopesOf, seen } from './server-keys.ts'

/** Scopes that are asked one by one for an id; of more, only the live resources are searched. */
const maxAskedScopes = 200
/** Live resources that are searched. Beyond, nothing could be called unambiguous. */
const maxSearched = 20_000
const maxNamed = 5

/**
 * Asks about the resource that a person means: by its key, by its label as `list` shows it (in one argument or several),
 * by its id, or by an end of its key that no other resource has (`logs` for `…/aws_s3_bucket.logs`).
 * @throws VainoError `bad_request` where several resources are meant; what `ask` throws where none is
 */
export async function askAbout<T>(
  words: readonly string[],
  server: Server,
  ask: (key: string) => Promise<T>,
): Promise<T> {
  const text = words.join(' ')
  const isKey = words.length === 1 && splitKey(text) !== null
  let failure: unknown
  if (isKey) {
    try {
      return await ask(text)
    } catch (error) {
      if (!isUnknown(error)) throw error
      failure = error
    }
  }
  const keys = await meantKeys(words, server)
  const [key, ...others] = keys
  if (key === undefined) throw await withNearestKey(failure ?? unknown(text), text, server)
  if (others.length > 0) throw ambiguous(text, keys)
  return ask(key)
}

const unknown = (text: string): VainoError => new VainoError('not_found', `Nothing was ever seen that "${text}" names`)

function ambiguous(text: string, keys: readonly string[]): VainoError {
  const more = keys.length > maxNamed ? `, and ${keys.length - maxNamed} more` : ''
  return new VainoError('bad_request', `"${text}" names ${keys.length} resources`, {
    hint: `Give the key of one: ${keys.slice(0, maxNamed).join(', ')}${more}.`,
  })
}

/** The keys that the words can mean: of the first way to read them that finds any. */
async function meantKeys(words: readonly string[], server: Server): Promise<readonly string[]> {
  const parts = words
    .join(' ')
    .split(new RegExp(` ${separator} `))
    .map((part) => part.trim())
  const [where = '', ...rest] = parts.length > 1 ? parts : words
  const what = rest.join(parts.length > 1 ? ` ${separator} ` : ' ')
  const scopes = await scopesOf(server)
  const asKey = splitKey(where)
  // A key of a scope that is known was asked about already.
  if (what === '' && asKey !== null && scopes.includes(asKey.scope)) return []
  if (what !== '') return existing(labelled(scopes, where, what), server)
  const byLabel = await existing(labelled(scopes, '', where), server)
  if (byLabel.length > 0) return byLabel
  const byId = scopes.length > maxAskedScopes ? [] : scopes.map((scope) => keyOf(scope, where))
  const found = await existing(byId, server)
  return found.length > 0 ? found : endingWith(where, server)
}

/** The keys that have a label. `where` may be the scope itself. */
const labelled = (scopes: readonly Scope[], where: string, what: string): string[] =>
  scopes.flatMap((scope) => {
    const label = scopeLabel(scope)
    if (scope === where) return [keyOf(scope, what)]
    if (label.where !== where || !what.startsWith(label.beforeId)) return []
    return [keyOf(scope, what.slice(label.beforeId.length))]
  })

/** Those of the keys that are live; where none is, those that were deleted. */
async function existing(keys: readonly string[], server: Server): Promise<readonly string[]> {
  const live: string[] = []
  const deleted: string[] = []
  for (const key of keys) {
    const found = await seen(key, server)
    if (found !== null) (found === 'live' ? live : deleted).push(key)
  }
  return live.length > 0 ? live : deleted
}

/** Live keys that end so, from where a word of them begins. */
async function endingWith(end: string, server: Server): Promise<readonly string[]> {
  const keys: string[] = []
  let count = 0
  for await (const { key } of pagesOf<Item>(server, '/v1/resources', 'resources', {}, maxSearched + 1)) {
    if (++count > maxSearched) {
      throw new VainoError('bad_request', `"${end}" is no key, and more than ${maxSearched} resources are known`, {
        hint: 'Give the whole key; `vaino list -o ndjson` with a filter has it.',
      })
    }
    if (endsAtWord(key, end) || endsAtWord(labelText(key), end)) keys.push(key)
  }
  return keys
}

const endsAtWord = (text: string, end: string): boolean =>
  text.endsWith(end) &&
  (text.length === end.length || !/[\p{L}\p{N}_-]/u.test(text.charAt(text.length - end.length - 1)))
