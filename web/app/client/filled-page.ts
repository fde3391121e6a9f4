import { getJson } from './session.ts'

/** Pages that are put together: with 80 ms of looking each, four seconds. */
const maxPages = 50

/** A page of a list: its entries stand under one name. */
type Listed<Name extends string> = { readonly page: string | null } & { readonly [name in Name]: readonly unknown[] }

/**
 * Reads a page of a list that is full where there is enough. The server ends one early, possibly empty, when it has looked for long, and says where to go on.
 * All but the entries and where the list goes on is the first page's.
 *
 * @param name of the entries
 * @param limit as in the path
 * @returns a reader of paths; `partly` is given what has come so far, as often as some has
 */
export const filledPages =
  <Name extends string, P extends Listed<Name>>(name: Name, limit: number) =>
  async (path: string, signal: AbortSignal, partly: (found: P) => void): Promise<P> => {
    const [route = '', asked] = path.split('?')
    const query = new URLSearchParams(asked)
    let found = await getJson<P>(path, signal)
    for (let pages = 1; pages < maxPages && found.page !== null && found[name].length < limit; pages++) {
      partly(found)
      query.set('page', found.page)
      query.set('limit', String(limit - found[name].length))
      const more = await getJson<P>(`${route}?${query}`, signal)
      found = { ...found, page: more.page, [name]: [...found[name], ...more[name]] }
    }
    return found
  }
