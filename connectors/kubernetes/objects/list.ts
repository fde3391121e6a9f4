import { VainoError } from '../../../model/errors.ts'
import { isObject, type JsonObject } from '../../../model/json.ts'
import { AnswerTooLong } from '../api/api-error.ts'
import type { ApiServer } from '../api/api-server.ts'

/** Objects of one page, as kubectl and client-go ask for. */
const pageObjects = 500
/** What a server keeps for minutes is read in so many pages at most: 5,000 objects each. */
const largestPageObjects = 5000
/** Bytes of one page; a longer one is asked for again with half the objects. */
const maxPageBytes = 16 * 1024 * 1024
/** Bytes of one object with its list around it, where a page has no more than it. */
const maxObjectBytes = 64 * 1024 * 1024

/** One page, and what it says of the list that it is of. */
export interface Page {
  readonly items: readonly JsonObject[]
  readonly resourceVersion: string
}

/** How many objects a page of one list has: fewer where their bytes don't fit, more where the list was too old before its end. */
export class PageSize {
  objects: number

  constructor(objects: number = pageObjects) {
    this.objects = objects
  }

  grow(): void {
    this.objects = Math.min(largestPageObjects, this.objects * 2)
  }

  shrink(): void {
    this.objects = Math.ceil(this.objects / 2)
  }
}

/**
 * Reads a list page by page, all of it as of one moment. Memory: one page.
 * @throws ApiError 410 where the server no longer keeps that moment; others as {@link ApiServer.get} does
 */
export async function* listPages(
  server: ApiServer,
  path: string,
  { query, pageSize }: { readonly query: Readonly<Record<string, string>>; readonly pageSize: PageSize },
  signal: AbortSignal,
): AsyncGenerator<Page, void, void> {
  let next = ''
  while (true) {
    const limit = pageSize.objects
    const parameters = new URLSearchParams({
      ...query,
      limit: String(limit),
      ...(next === '' ? {} : { continue: next }),
    })
    let body: JsonObject
    try {
      const maxBytes = limit === 1 ? maxObjectBytes : maxPageBytes
      body = (await server.get(`${path}?${parameters}`, { maxBytes }, signal))?.body ?? {}
    } catch (error) {
      if (!(error instanceof AnswerTooLong) || limit === 1) throw error
      pageSize.shrink()
      continue
    }
    const { page, next: following } = readPage(body, path)
    // The same page again would be read for ever.
    if (following !== '' && following === next) throw notAList(path, 'continues with the page before')
    yield page
    if (following === '') return
    next = following
  }
}

function readPage({ items, metadata = null }: JsonObject, path: string): { page: Page; next: string } {
  if (!isObject(metadata) || typeof metadata.resourceVersion !== 'string')
    throw notAList(path, 'has no resourceVersion')
  // Go writes an empty list as null; a list without the member is none.
  if (items === undefined || !(items === null || (Array.isArray(items) && items.every(isObject))))
    throw notAList(path, 'has no items')
  const next = typeof metadata.continue === 'string' ? metadata.continue : ''
  const objects = (items ?? []) as readonly JsonObject[]
  return { page: { items: objects, resourceVersion: metadata.resourceVersion }, next }
}

const notAList = (path: string, what: string): VainoError =>
  new VainoError('source_failed', `the answer to ${path} is no list: it ${what}`, {
    hint: 'Look whether the address leads to an API server; it is tried again.',
  })
