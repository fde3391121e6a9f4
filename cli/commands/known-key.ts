import type { Item } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import { keyOf, type Scope, splitKey } from '../../model/scope.ts'
import type { Server } from '../server.ts'
import { labelText } from '../terminal/label.ts'
import { pagesOf } from '../terminal/pages.ts'
import { scopesOf, seen } from './server-keys.ts'

/** Keys that are looked through for the one that was meant. */
const searched = 5000

/**
 * Adds to a "never seen" what was probably meant: the nearest key of the key's scope, the same id in the nearest scope,
 * or the nearest of the keys that are live. What it names exists.
 */
export async function withNearestKey(error: unknown, key: string, server: Server): Promise<unknown> {
  if (!(error instanceof VainoError) || error.code !== 'not_found') return error
  const names = await scopesOf(server)
  const parts = splitKey(key)
  if (parts !== null && !names.includes(parts.scope)) {
    const scope = nearest(parts.scope, names)
    if (scope === null) return withHint(error, `The scopes are ${some(names)}.`)
    const meant = keyOf(scope as Scope, parts.id)
    const isThere = (await seen(meant, server)) !== null
    return withHint(error, isThere ? `Did you mean ${meant}?` : `Did you mean something in ${scope}?`)
  }
  const keys: string[] = []
  for await (const item of pagesOf<Item>(server, '/v1/resources', 'resources', { scope: parts?.scope }, searched)) {
    keys.push(item.key)
  }
  const labels = parts === null ? new Map(keys.flatMap((each) => guises(each))) : new Map<string, string>()
  const meant = nearest(key, [...keys, ...labels.keys()])
  if (meant !== null) return withHint(error, `Did you mean ${labels.get(meant) ?? meant}?`)
  return withHint(error, 'A key is SCOPE/ID; `vaino list` shows what there is.')
}

/** Other words for a key than itself: its label, and its id. */
const guises = (key: string): [string, string][] =>
  [labelText(key), splitKey(key)?.id ?? key].map((guise) => [guise, key])

const withHint = (error: VainoError, hint: string) => new VainoError(error.code, error.message, { hint, cause: error })

const some = (names: readonly string[]): string =>
  names.length === 0 ? 'none so far' : names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '')
