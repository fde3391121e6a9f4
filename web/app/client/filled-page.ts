import { getJson } from './session.ts'
import type { ResourcePage } from './types.ts'

/** Pages that are put together: with 80 ms of looking each, four seconds. */
const maxPages = 50

/**
 * A page of resources that is full where there is enough: the server ends one early, possibly empty, when it has looked for long, and says where to go on.
 *
 * @param limit as in the path
 * @param partly is given what has come so far, as often as some has
 */
export async function readFilled(
  path: string,
  limit: number,
  signal: AbortSignal,
  partly: (found: ResourcePage) => void,
): Promise<ResourcePage> {
  const [name = '', asked] = path.split('?')
  const query = new URLSearchParams(asked)
  const first = await getJson<ResourcePage>(path, signal)
  let found = first
  for (let pages = 1; pages < maxPages && found.page !== null && found.resources.length < limit; pages++) {
    partly(found)
    query.set('page', found.page)
    query.set('limit', String(limit - found.resources.length))
    const more = await getJson<ResourcePage>(`${name}?${query}`, signal)
    found = { ...more, total: first.total, resources: [...found.resources, ...more.resources] }
  }
  return found
}
