import { isObject, type JsonObject } from '../../../model/json.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { Pool } from '../../pool.ts'
import type { ServiceName } from '../sdk/services.ts'
import { permissionOf } from '../table/permissions.ts'
import type { Items, Listing } from '../table/row.ts'
import { fill, type Surroundings, valueAt } from '../table/template.ts'

/** Where rows are read: one account, one region, and the calls there. */
export interface Reader extends Surroundings {
  call(
    service: ServiceName,
    operation: string,
    input: JsonObject,
    signal: AbortSignal,
    region?: string,
  ): Promise<JsonObject>
  /** The pages of a listing, from another scan where one has just read them. */
  pages(listing: Listing, signal: AbortSignal): AsyncIterable<JsonObject>
}

/** Parents whose lists are read at once. */
const parentsAtOnce = 8
/** Pages of one listing; AWS's smallest pages hold 20 things. A listing that goes on for longer goes in circles. */
const maxPages = 100_000

/**
 * The answers of a listing, page by page. With parents, each answer carries its parent as `$parent`.
 * @throws CallFailure
 */
export async function* readPages(listing: Listing, reader: Reader, signal: AbortSignal): AsyncGenerator<JsonObject> {
  const { parents, inputs = [{}] } = listing
  if (parents === undefined) {
    for (const more of typeof inputs === 'function' ? inputs(reader) : inputs)
      yield* pagesBelow({ ...listing, input: { ...listing.input, ...more } }, {}, reader, signal)
    return
  }
  for await (const found of readItems(parents, reader, signal)) {
    for (let at = 0; at < found.length; at += parentsAtOnce) {
      const pages: JsonObject[] = []
      const pool = new Pool(parentsAtOnce)
      for (const $parent of found.slice(at, at + parentsAtOnce)) {
        await pool.add(async () => {
          for await (const page of pagesBelow(listing, { $parent }, reader, signal)) pages.push({ ...page, $parent })
        })
      }
      await pool.drained()
      yield* pages
    }
  }
}

async function* pagesBelow(
  listing: Listing,
  item: JsonObject,
  reader: Reader,
  signal: AbortSignal,
): AsyncGenerator<JsonObject> {
  const { service, operation, next = {}, truncated } = listing
  const input = fill(listing.input ?? {}, item, reader) as JsonObject
  const tokens = new Set<string>()
  let more: JsonObject = {}
  for (let count = 0; count < maxPages; count++) {
    const page = await listOnce(listing, { ...input, ...more }, reader, signal)
    if (page === null) return
    yield page
    if (truncated !== undefined && valueAt(page, truncated) === false) return
    more = tokensIn(page, next)
    const token = JSON.stringify(more)
    if (Object.keys(more).length === 0) {
      if (truncated !== undefined && valueAt(page, truncated) === true)
        throw broken(listing, 'a page says that more follows, and not where')
      return
    }
    if (tokens.has(token)) throw broken(listing, 'its pages go in circles')
    tokens.add(token)
  }
  throw broken(listing, `${service} ${operation} has more than ${maxPages} pages`)
}

async function listOnce(
  { service, operation, absent = [] }: Listing,
  input: JsonObject,
  reader: Reader,
  signal: AbortSignal,
): Promise<JsonObject | null> {
  try {
    return await reader.call(service, operation, input, signal)
  } catch (error) {
    if (error instanceof CallFailure && absent.includes(error.code)) return null
    throw error
  }
}

/** What of an answer asks for the next page; without members there is none. */
export function tokensIn(page: JsonObject, next: Readonly<Record<string, string>>): JsonObject {
  const found: JsonObject = {}
  for (const [member, path] of Object.entries(next)) {
    const value = valueAt(page, path)
    if (value !== undefined && value !== null && value !== '') found[member] = value
  }
  return found
}

/** The items of each page of a listing. */
export async function* readItems(
  items: Items,
  reader: Reader,
  signal: AbortSignal,
): AsyncGenerator<readonly JsonObject[]> {
  for await (const page of reader.pages(items.list, signal)) yield itemsIn(page, items, reader)
}

/** The items in an answer. @throws CallFailure where the answer has no such list, which is no empty one */
export function itemsIn(
  page: JsonObject,
  { list, items, mayBeAbsent, as, single, only, more }: Items,
  around: Surroundings,
): JsonObject[] {
  const at = valueAt(page, items)
  const found = single && at !== undefined ? [at] : at
  if (found === undefined && mayBeAbsent) return []
  if (!Array.isArray(found)) throw broken(list, `the answer has no ${items}, not even an empty one`)
  const parent = page.$parent === undefined ? null : { $parent: page.$parent }
  const all = found.map((element): JsonObject => {
    if (as !== undefined && typeof element === 'string') return { [as]: element, ...parent }
    if (isObject(element)) {
      const own = more === undefined ? element : { ...element, ...more(element) }
      return parent === null ? own : { ...own, ...parent }
    }
    throw broken(list, `${items} holds what is no object`)
  })
  return only === undefined ? all : all.filter((item) => only(item, around))
}

const broken = ({ service, operation }: Listing, message: string): CallFailure =>
  new CallFailure(permissionOf(service, operation), message, 'passing', '', null)
