import { expect, test } from 'bun:test'
import { startTestServer } from '../../api/test-server.ts'
import type { Change } from '../../model/change.ts'
import type { ScopeStatus } from '../../model/status.ts'

const scope = 'terraform/old%2Fterraform.tfstate/-/state'
const observed = (id: string, scan: string | null = null) => ({
  ...{ kind: 'observed', scope, scan },
  resource: { id, type: 'thing', provider: 'terraform' },
})
const wholeScan = (scan: string, ids: readonly string[]) => [
  { kind: 'scan.begin', scope, scan },
  ...ids.map((id) => observed(id, scan)),
  { kind: 'scan.end', scope, scan, complete: ids.length > 0, count: ids.length, errors: ['denied'] },
]

test('a scope that is forgotten leaves the lists, with a delete for each of its resources, and a later scan begins it anew', async () => {
  await using server = await startTestServer()
  const send = (records: readonly object[]) =>
    server.get('/v1/ingest', { method: 'POST', body: records.map((record) => JSON.stringify(record)).join('\n') })
  const scopes = async () => ((await (await server.get('/v1/scopes')).json()) as { scopes: ScopeStatus[] }).scopes
  const forget = () => server.get(`/v1/scopes/${encodeURIComponent(scope)}`, { method: 'DELETE' })

  await send(wholeScan('one', ['a', 'b', 'c']))
  await send(wholeScan('failing', []))
  await send([{ kind: 'scan.begin', scope, scan: 'open' }, observed('a', 'open')])
  expect(await scopes()).toMatchObject([{ scope, status: 'failing', resources: 3 }])
  const answer = await forget()
  expect(answer.status).toBe(200)
  const { deletes, cursor } = (await answer.json()) as { deletes: number; cursor: string }
  expect(deletes).toBe(3)
  expect(await scopes()).toEqual([])
  expect(await (await server.get('/v1/resources')).json()).toMatchObject({ resources: [], cursor })
  expect((await forget()).status).toBe(404)

  // The open scan's end finds no scan, and a scope that is gone stays so.
  await send([{ kind: 'scan.end', scope, scan: 'open', complete: true, count: 1 }])
  expect(await scopes()).toEqual([])

  await send(wholeScan('two', ['a', 'd']))
  expect(await scopes()).toMatchObject([{ scope, status: 'fresh', resources: 2, errors: ['denied'], held: null }])
  const { changes } = (await (await server.get('/v1/changes?offset=-1')).json()) as { changes: Change[] }
  const told = changes.map(({ op, key, version, reason }) => [op, key.at(-1), version, reason])
  expect(told.slice(3)).toEqual([
    ['d', 'a', 2, 'forgotten'],
    ['d', 'b', 2, 'forgotten'],
    ['d', 'c', 2, 'forgotten'],
    ['c', 'a', 3, null],
    ['r', 'd', 1, null],
  ])
})

test('I6: what is held in a scope that is forgotten is deleted too; one event brings the scope back', async () => {
  await using server = await startTestServer()
  const send = (records: readonly object[]) =>
    server.get('/v1/ingest', { method: 'POST', body: records.map((record) => JSON.stringify(record)).join('\n') })
  await send(wholeScan('one', ['a', 'b']))
  await send([
    { kind: 'scan.begin', scope, scan: 'two' },
    { kind: 'scan.end', scope, scan: 'two', complete: true, count: 0 },
  ])
  const path = `/v1/scopes/${encodeURIComponent(scope)}`
  expect(await (await server.get(path, { method: 'DELETE' })).json()).toMatchObject({ deletes: 2 })
  await send([observed('a')])
  const { scopes } = (await (await server.get('/v1/scopes')).json()) as { scopes: ScopeStatus[] }
  expect(scopes).toMatchObject([{ scope, status: 'events', resources: 1, held: null, last_complete_at: null }])
})

test('I12: a forgetting that is pushed as a record is refused', async () => {
  await using server = await startTestServer()
  const body = [observed('a'), { kind: 'scope.forget', scope }].map((record) => JSON.stringify(record)).join('\n')
  const answer = (await (await server.get('/v1/ingest', { method: 'POST', body })).json()) as object
  expect(answer).toMatchObject({ changes: 1, dead_letters: 1 })
  expect(JSON.stringify(await (await server.get('/v1/deadletters')).json())).toContain('operator_record')
})
