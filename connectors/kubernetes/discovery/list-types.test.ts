import { expect, test } from 'bun:test'
import type { JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import { send, standInApiServer, statusOf } from '../../../test/sources/stand-in-api-server.ts'
import { listTypesOf } from './list-types.ts'
import { Schemas } from './schemas.ts'

const kind = {
  group: 'example.org',
  version: 'v1',
  kind: 'Gateway',
  plural: 'gateways',
  isNamespaced: true,
  isWatchable: true,
}
const list = (type: string | null, items: Json = { type: 'string' }, more: JsonObject = {}): JsonObject => ({
  type: 'array',
  items,
  ...(type === null ? {} : { 'x-kubernetes-list-type': type }),
  ...more,
})
const map = (keys: string[], properties: JsonObject = {}): JsonObject =>
  list('map', { type: 'object', properties }, { 'x-kubernetes-list-map-keys': keys })
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties })

const documentOf = (spec: JsonObject, others: JsonObject = {}): JsonObject => ({
  components: {
    schemas: {
      'org.example.v1.Gateway': {
        type: 'object',
        properties: {
          metadata: { properties: { finalizers: list('set') } },
          spec,
          status: object({ addresses: list('set') }),
        },
        'x-kubernetes-group-version-kind': [{ group: 'example.org', version: 'v1', kind: 'Gateway' }],
      },
      ...others,
    },
  },
})

test('sets and maps are found wherever they stand, by paths without positions', () => {
  const spec = object({
    zones: list('set'),
    order: list('atomic'),
    plain: list(null),
    listeners: map(['name', 'port'], { hosts: list('set') }),
    byName: { type: 'object', additionalProperties: object({ zones: list('set') }) },
  })
  expect(listTypesOf(documentOf(spec), kind)).toEqual({
    sets: ['spec.zones', 'spec.byName.*.zones', 'spec.listeners.hosts'],
    keyed: { 'spec.listeners': 'name+port' },
  })
})

test('a schema that is referred to is followed, and one that refers to itself ends', () => {
  const reference = { $ref: '#/components/schemas/Rule' }
  const spec = object({ rules: list(null, reference), first: { allOf: [reference], description: 'x' } })
  const { sets } = listTypesOf(documentOf(spec, { Rule: object({ names: list('set'), inner: reference }) }), kind)
  expect(sets).toContain('spec.rules.names')
  expect(sets).toContain('spec.first.names')
})

test('a name of which two lists are of two types says nothing', () => {
  const spec = object({ a: object({ rules: map(['name']) }), b: object({ a: object({ rules: list('atomic') }) }) })
  expect(listTypesOf(documentOf(spec), kind)).toEqual({ sets: [], keyed: {} })
})

test('what the shipped tables say is not said again, and another kind’s schema is none', () => {
  const spec = object({ containers: map(['name'], { env: map(['name']) }) })
  expect(listTypesOf(documentOf(spec), kind)).toEqual({ sets: [], keyed: {} })
  expect(listTypesOf(documentOf(object({ zones: list('set') })), { ...kind, kind: 'Other' })).toEqual({
    sets: [],
    keyed: {},
  })
})

test('the document of a version is read once for as long as its address is the same', async () => {
  await using server = await standInApiServer([])
  const read: string[] = []
  server.fault = (_request, response, { pathname, search }) => {
    if (pathname === '/openapi/v3')
      send(response, 200, {
        paths: { 'apis/example.org/v1': { serverRelativeURL: `/openapi/v3/apis/example.org/v1?hash=A` } },
      })
    else {
      read.push(pathname + search)
      send(response, 200, documentOf(object({ zones: list('set') })))
    }
    return true
  }
  const schemas = new Schemas(server.api())
  const { signal } = new AbortController()
  for (let n = 0; n < 3; n++) expect((await schemas.listsOf(kind, signal))?.sets).toEqual(['spec.zones'])
  expect(await schemas.listsOf({ ...kind, group: 'apps' }, signal)).toBeNull()
  expect(read).toEqual(['/openapi/v3/apis/example.org/v1?hash=A'])
})

test('a server without documents is no failure, and one that refuses them is', async () => {
  await using server = await standInApiServer([])
  const { signal } = new AbortController()
  expect(await new Schemas(server.api()).listsOf(kind, signal)).toBeNull()
  server.fault = (_request, response) => {
    send(response, 403, statusOf(403, 'no'))
    return true
  }
  const schemas = new Schemas(server.api())
  await expect(schemas.listsOf(kind, signal)).rejects.toThrow('403')
  server.fault = () => false
  expect(await schemas.listsOf(kind, signal)).toBeNull()
})

test('a kind that is served before its document is has its lists all the same', async () => {
  await using server = await standInApiServer([])
  let reads = 0
  server.fault = (_request, response, { pathname }) => {
    const paths = { 'apis/example.org/v1': { serverRelativeURL: '/openapi/v3/of-it' } }
    if (pathname !== '/openapi/v3') send(response, 200, documentOf(object({ zones: list('set') })))
    else send(response, 200, { paths: ++reads < 3 ? { 'apis/apps/v1': { serverRelativeURL: '/x' } } : paths })
    return true
  }
  const { signal } = new AbortController()
  expect((await new Schemas(server.api()).listsOf(kind, signal))?.sets).toEqual(['spec.zones'])
  expect(reads).toBe(3)
})
