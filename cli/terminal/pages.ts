import type { Server } from '../server.ts'

type Query = Readonly<Record<string, string | number | undefined>>

const pageSize = 500

/** All entries of a list that the server gives in pages, one page held at a time. */
export async function* pagesOf<T>(
  server: Server,
  path: string,
  field: string,
  query: Query,
  limit = Number.POSITIVE_INFINITY,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  let left = limit
  let page: string | undefined
  do {
    const answer = await server.json<Record<string, T[]> & { page: string | null }>(path, {
      query: { ...query, limit: Math.min(left, pageSize), page },
      ...(signal === undefined ? {} : { signal }),
    })
    const entries: T[] = answer[field] ?? []
    yield* entries
    left -= entries.length
    page = answer.page ?? undefined
  } while (page !== undefined && left > 0)
}
