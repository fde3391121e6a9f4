import type { Item } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import { splitKey } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { nearest } from '../../pipeline/config/nearest.ts'
import type { Server } from '../server.ts'
import { pagesOf } from '../terminal/pages.ts'

/** Keys that are looked through for the one that was meant. */
const searched = 5000

/**
 * Adds what was probably meant to a "never seen": the nearest key in the key's scope, the nearest scope, or the key whose
 * id was given without its scope.
 */
export async function withNearestKey(error: unknown, key: string, server: Server): Promise<unknown> {
  if (!(error instanceof VainoError) || error.code !== 'not_found') return error
  const { scopes } = await server.json<{ scopes: ScopeStatus[] }>('/v1/scopes')
  const names = scopes.map(({ scope }) => scope as string)
  const parts = splitKey(key)
  if (parts !== null && !names.includes(parts.scope)) {
    const scope = nearest(parts.scope, names)
    return withHint(error, scope === null ? `The scopes are ${some(names)}.` : `Did you mean ${scope}/${parts.id}?`)
  }
  const keys: string[] = []
  for await (const item of pagesOf<Item>(server, '/v1/resources', 'resources', { scope: parts?.scope }, searched)) {
    keys.push(item.key)
  }
  const whole = keys.find((each) => splitKey(each)?.id === key) ?? nearest(key, keys)
  if (whole !== null) return withHint(error, `Did you mean ${whole}?`)
  return withHint(error, 'A key is SCOPE/ID; `vaino list` shows them.')
}

const withHint = (error: VainoError, hint: string) => new VainoError(error.code, error.message, { hint, cause: error })

const some = (names: readonly string[]): string =>
  names.length === 0 ? 'none so far' : names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '')
