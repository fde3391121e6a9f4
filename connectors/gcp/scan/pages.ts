import { isObject, type JsonObject } from '../../../model/json.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { Pool } from '../../pool.ts'
import { broken } from '../calls/get-json.ts'
import { isNotFound } from '../calls/refusal.ts'
import type { Request } from '../session/session.ts'
import { filled } from '../table/path.ts'
import type { Items, Listing, Surroundings } from '../table/row.ts'
import { missingPlaces } from './missing-places.ts'

/** What one answer of a listing holds. */
export interface Page {
  readonly items: readonly JsonObject[]
  /** Places whose items it lacks. */
  readonly missing: readonly string[]
  /** Why the items below one parent could not be listed. */
  readonly failure?: CallFailure
}

/** Where rows are read: one project, and the calls there. */
export interface Reader extends Surroundings {
  call(request: Request, signal: AbortSignal): Promise<JsonObject>
  /** The pages of a listing, from another scan where one has just read them. */
  pages(listing: Listing, signal: AbortSignal): AsyncIterable<Page>
}

/** Parents whose lists are read at once. */
const parentsAtOnce = 8
/** Pages of one listing; a listing that goes on for longer goes in circles. */
const maxPages = 100_000
/** What an answer without its list may hold: anything else is no answer of this API. */
const besides = new Set([
  ...[
    'kind',
    'id',
    'etag',
    'selfLink',
    'nextPageToken',
    'totalSize',
    'totalItems',
    'readTime',
    'version',
    'auditConfigs',
  ],
  ...['unreachable', 'unreachables', 'unreachableLocations', 'failedLocation', 'failedLocations', 'missingZones'],
  ...['warning', 'warnings', 'header'],
])

/**
 * The items of a listing, page by page. With parents, each item carries its parent as `$parent`; where the list of one parent can't be read,
 * a page says so in the place of its items, and the others go on.
 * @throws CallFailure
 */
export async function* readPages(listing: Listing, reader: Reader, signal: AbortSignal): AsyncGenerator<Page> {
  const { parents } = listing
  if (parents === undefined) {
    yield* pagesBelow(listing, null, reader, signal)
    return
  }
  for await (const { missing, failure, items } of reader.pages(parents.list, signal)) {
    yield { items: [], missing, ...(failure === undefined ? {} : { failure }) }
    const meant = items.filter((item) => parents.only?.(item) ?? true)
    for (let at = 0; at < meant.length; at += parentsAtOnce) {
      const pages: Page[] = []
      const pool = new Pool(parentsAtOnce)
      for (const $parent of meant.slice(at, at + parentsAtOnce)) {
        await pool.add(async () => {
          for await (const page of pagesOfParent(listing, $parent, reader, signal)) pages.push(page)
        })
      }
      await pool.drained()
      yield* pages
    }
  }
}

async function* pagesOfParent(
  listing: Listing,
  $parent: JsonObject,
  reader: Reader,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  try {
    yield* pagesBelow(listing, $parent, reader, signal)
  } catch (error) {
    // The parent was deleted after it was listed, and what was below it is gone with it.
    if (isNotFound(error)) return
    if (!(error instanceof CallFailure) || error.kind === 'throttled' || error.kind === 'credentials') throw error
    yield { items: [], missing: [], failure: error }
  }
}

async function* pagesBelow(
  listing: Listing,
  $parent: JsonObject | null,
  reader: Reader,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  const { api, permission, path, query = {}, post } = listing
  const item = $parent === null ? {} : { $parent }
  const request = { api, permission, path: filled(path, item, reader), ...(post === undefined ? {} : { body: post }) }
  const asked = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, queryValue(value, reader)]))
  const tokens = new Set<string>()
  let more: Readonly<Record<string, string>> = {}
  for (let count = 0; count < maxPages; count++) {
    const answer = await reader.call({ ...request, query: { ...asked, ...more } }, signal)
    const items = itemsIn(answer, listing)
    yield {
      items: $parent === null ? items : items.map((one) => ({ ...one, $parent })),
      missing: missingPlaces(answer, listing.aggregated === true),
    }
    const { nextPageToken: token } = answer
    if (token === undefined || token === null || token === '') return
    if (typeof token !== 'string') throw broken(permission, 'the token of the next page is no text')
    if (tokens.has(token)) throw broken(permission, 'its pages go in circles')
    tokens.add(token)
    more = { pageToken: token }
  }
  throw broken(permission, `it has more than ${maxPages} pages`)
}

const queryValue = (value: string, { $project }: Surroundings): string => (value === '{$project}' ? $project : value)

/**
 * Google leaves a list out where it is empty. So an answer without it is empty only where it holds nothing that such an answer can't hold.
 * @throws CallFailure where it is no answer of this listing
 */
function itemsIn(answer: JsonObject, { items: member, aggregated, single, permission }: Listing): JsonObject[] {
  if (single) return [answer]
  const found = answer[aggregated ? 'items' : member]
  if (found === undefined || found === null) {
    const strange = Object.keys(answer).find((name) => !besides.has(name))
    if (strange === undefined) return []
    throw broken(permission, `the answer has no ${member}, and a member ${strange} that it can't have`)
  }
  const lists = aggregated
    ? Object.values(isObject(found) ? found : {}).map((held) => (held !== null && isObject(held) ? held[member] : null))
    : [found]
  if (aggregated && !isObject(found)) throw broken(permission, 'the answer has no places')
  return lists.flatMap((list) => {
    if (aggregated && (list === undefined || list === null)) return []
    if (!Array.isArray(list) || !list.every(isObject)) throw broken(permission, `${member} is no list of objects`)
    return list
  })
}

/** The items of a row's listing that are meant. */
export const meantIn = ({ items }: Page, { only }: Items): readonly JsonObject[] =>
  only === undefined ? items : items.filter(only)
