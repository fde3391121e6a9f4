import { expect, test } from 'bun:test'
import { observed, scanOf, startTestServer, testScope } from './test-server.ts'

const team = (name: string) => ({ team: name })

/** All pages of a list, and how many of them were empty. */
async function allPages<T>(next: (page: string | null) => Promise<{ found: T[]; page: string | null }>) {
  const found: T[] = []
  let empty = 0
  for (let page: string | null = null; ; ) {
    const answer = await next(page)
    found.push(...answer.found)
    if (answer.found.length === 0) empty++
    if (answer.page === null) return { found, empty }
    page = answer.page
  }
}

test('a page of resources ends when its time is over, and its page leads on to all that pass', async () => {
  await using server = await startTestServer({ limits: { pageMs: 0 } })
  const names = Array.from({ length: 90 }, (_, n) => `r${String(n).padStart(2, '0')}`)
  const before = await server.ingest(
    ...names.map((id, n) => observed(id, {}, testScope, team(n % 30 === 7 ? 'web' : 'db'))),
  )
  await server.ingest(...names.map((id) => observed(id, { size: 2 }, testScope, team('db'))))
  for (const [at, expected] of [
    ['', []],
    [`&at=${before}`, ['r07', 'r37', 'r67']],
  ] as const) {
    const { found, empty } = await allPages(async (page) => {
      const asked = `/v1/resources?scope=${testScope}&tag.team=web${at}${page === null ? '' : `&page=${page}`}`
      const answer = (await (await server.get(asked)).json()) as {
        resources: { resource: { id: string } }[]
        page: string | null
      }
      return { found: answer.resources.map(({ resource }) => resource.id), page: answer.page }
    })
    expect(found).toEqual([...expected])
    expect(empty).toBeGreaterThan(0)
  }
})

test('a page of changes ends when its time is over, and its cursor leads on to all that pass', async () => {
  await using server = await startTestServer({ limits: { pageMs: 0 } })
  const ids = Array.from({ length: 600 }, (_, n) => `r${n}`)
  await server.ingest(...scanOf('s', ids), observed('r7', { size: 1 }), observed('r8', { size: 1 }))
  const { found, empty } = await allPages(async (page) => {
    const answer = await server.get(`/v1/changes?op=u&offset=${page ?? '-1'}`)
    const { changes, cursor, up_to_date } = (await answer.json()) as {
      changes: { resource: { id: string } }[]
      cursor: string
      up_to_date: boolean
    }
    return { found: changes.map(({ resource }) => resource.id), page: up_to_date ? null : cursor }
  })
  expect(found).toEqual(['r7', 'r8'])
  expect(empty).toBeGreaterThan(0)
})

test('a search as of a moment finds what had its labels then, and only that', async () => {
  await using server = await startTestServer()
  const { get, ingest } = server
  const then = await ingest(
    observed('kept', {}, testScope, team('web')),
    observed('moved', {}, testScope, team('web')),
    observed('deleted', {}, testScope, team('web')),
    observed('joined', {}, testScope, team('db')),
  )
  await ingest(
    observed('moved', {}, testScope, team('db')),
    { kind: 'gone', scope: testScope, id: 'deleted' },
    observed('joined', {}, testScope, team('web')),
    observed('later', {}, testScope, team('web')),
    observed('kept', { size: 2 }, testScope, team('web')),
  )
  const idsOf = async (query: string) => {
    const { resources } = (await (await get(`/v1/resources?${query}`)).json()) as {
      resources: { resource: { id: string } }[]
    }
    return resources.map(({ resource }) => resource.id)
  }
  for (const query of ['tag.team=web', 'q=team%3Dweb']) {
    expect(await idsOf(`${query}&at=${then}`)).toEqual(['deleted', 'kept', 'moved'])
    expect(await idsOf(query)).toEqual(['joined', 'kept', 'later'])
  }
})
