import { expect, test } from 'bun:test'
import type { z } from 'zod'
import { pagePaths } from './pages.ts'
import * as schemas from './schemas.ts'
import { gone, observed, scanOf, startTestServer, testScope } from './test-server.ts'

interface Operation {
  operationId: string
  summary: string
  tags: string[]
  parameters?: { name: string; in: string; schema: object }[]
  responses: Record<string, { $ref?: string; description?: string }>
}
interface Document {
  openapi: string
  info: { title: string; version: string }
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, unknown>>
}

const refsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => (name === '$ref' ? [String(inner)] : refsIn(inner)))
}

test('the OpenAPI document covers every route, and has no other', async () => {
  await using server = await startTestServer()
  const document = (await (await server.get('/openapi.json')).json()) as Document
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const pages = [...pagePaths, '/openapi.json'].map((path) => `GET ${path.replace(':file', '{file}')}`)
  const registered = server.app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect([...new Set(registered)].toSorted()).toEqual([...documented, ...pages].toSorted())
})

test('the OpenAPI document is whole: references resolve, names are unique, path parameters are declared', async () => {
  await using server = await startTestServer()
  const document = (await (await server.get('/openapi.json')).json()) as Document
  expect(document.openapi).toBe('3.1.0')
  for (const ref of new Set(refsIn(document))) {
    const found = ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], document)
    expect([ref, found]).toEqual([ref, expect.anything()])
  }
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  )
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  const tags = document.tags.map(({ name }) => name)
  for (const { path, parameters = [], summary, tags: own, responses } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath.map(String))
    expect(summary).toBeString()
    expect(tags).toEqual(expect.arrayContaining(own))
    expect(Object.keys(responses)).toContain('401')
    for (const one of parameters) expect(one.schema).toBeObject()
  }
})

test('answers have the shapes that the document gives', async () => {
  await using server = await startTestServer()
  const cursor = await server.ingest(...scanOf('s', ['a', 'b']), observed('x', { n: 1 }), observed('x', { n: 2 }))
  await server.ingest(observed('a', { n: 1 }), gone('b'))
  await server.get('/v1/ingest', { method: 'POST', body: 'no json\n' })
  const fits = async (path: string, schema: z.ZodType) => {
    const body = await (await server.get(path)).json()
    expect(schema.parse(body)).toEqual(body)
  }
  const key = encodeURIComponent(`${testScope}/x`)
  await fits('/v1/resources', schemas.resources)
  await fits(`/v1/resources/${key}`, schemas.item)
  await fits(`/v1/resources/${key}/history`, schemas.history)
  await fits('/v1/changes', schemas.changes)
  await fits(`/v1/diff?from=${cursor}`, schemas.diff)
  await fits('/v1/scopes', schemas.scopes)
  await fits('/v1/deadletters', schemas.deadLetters)
  await fits('/v1/nothing', schemas.problem)
  await fits(`/v1/resources/${encodeURIComponent(`${testScope}/b`)}`, schemas.problem)
  for (const path of ['/v1/snapshot', `/v1/snapshot?since=${cursor}`]) {
    const lines = (await (await server.get(path)).text()).trimEnd().split('\n')
    for (const line of lines) {
      const parsed: unknown = schemas.snapshotLine.parse(JSON.parse(line))
      expect(parsed).toEqual(JSON.parse(line))
    }
  }
})
