import { describe, expect, test } from 'bun:test'
import type { Scope } from '../../../model/scope.ts'
import { send, standInApiServer, statusOf } from '../../../test/sources/stand-in-api-server.ts'
import type { Source } from '../../source.ts'
import { WatchedKinds } from '../watched-kinds.ts'
import { Discovery } from './discovery.ts'

const kinds = [
  { kind: 'ConfigMap', plural: 'configmaps' },
  { kind: 'Pod', plural: 'pods' },
  { kind: 'Node', plural: 'nodes', cluster: true },
  { kind: 'Binding', plural: 'bindings', verbs: ['create'] },
  { kind: 'Deployment', plural: 'deployments', group: 'apps' },
  { kind: 'Deployment', plural: 'deployments', group: 'extensions' },
  { kind: 'Widget', plural: 'widgets', group: 'example.org', versions: ['v2', 'v1beta1'] },
]

const collections = async (source: Source): Promise<string[]> => {
  const next = await source.targets(new AbortController().signal)[Symbol.asyncIterator]().next()
  return next.done ? [] : next.value.map(({ scope }) => scope.replace('kubernetes/', '')).sort()
}

describe.each([{ aggregated: true }, { aggregated: false }])('discovery, %o', (how) => {
  test('each kind that can be listed is a target, once and by its preferred version', async () => {
    await using server = await standInApiServer(kinds, how)
    const source = server.open()
    expect(await collections(source)).toEqual([
      'test/-/ConfigMap',
      'test/-/Node',
      'test/-/apps.Deployment',
      'test/-/example.org.Widget',
    ])
    const [targets = []] = await Array.fromAsync(
      server.open('test', {}, { readsOnce: true }).targets(new AbortController().signal),
    )
    expect(targets.find(({ scope }) => scope.endsWith('Widget'))?.identity).toContain('/apis/example.org/v2/widgets')
  })

  test('a server that lists none of its core kinds is starting, and nothing is gone', async () => {
    await using server = await standInApiServer(kinds, how)
    server.kinds = kinds.filter(({ group }) => group !== undefined)
    expect(collections(server.open())).rejects.toThrow(/core kinds|list of kinds|no list/)
  })
})

test.each([
  [
    { include: ['*', 'Pod'] },
    ['test/-/ConfigMap', 'test/-/Node', 'test/-/Pod', 'test/-/apps.Deployment', 'test/-/example.org.Widget'],
  ],
  [{ include: ['apps.*'] }, ['test/-/apps.Deployment']],
  [{ exclude: ['example.org.*', 'node'] }, ['test/-/ConfigMap', 'test/-/apps.Deployment']],
])('the kinds %o are watched', async (wanted, expected) => {
  await using server = await standInApiServer(kinds)
  expect(await collections(server.open('test', { kinds: wanted }))).toEqual(expected)
})

test('a kind that no server has is named, with the one that was meant', async () => {
  await using server = await standInApiServer(kinds)
  const error: unknown = await collections(server.open('test', { kinds: { include: ['apps.Deploymnet'] } })).catch(
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ hint: 'Did you mean apps.Deployment?' })
})

test('of some namespaces each is a scope of its own, without what stands in none', async () => {
  await using server = await standInApiServer(kinds)
  const source = server.open('test', {
    name: 'prod/eu',
    namespaces: ['a', 'b'],
    kinds: { include: ['ConfigMap', 'Node'] },
  })
  expect(await collections(source)).toEqual(['prod%2Feu/a/ConfigMap', 'prod%2Feu/b/ConfigMap'])
})

test('I5: a group that can’t be asked keeps its kinds, as does one whose answer is stale', async () => {
  await using server = await standInApiServer(kinds, { aggregated: false })
  const discovery = new Discovery(server.api())
  const { signal } = new AbortController()
  const before = await discovery.kinds(signal)
  server.fault = (_request, response, { pathname }) => {
    if (!pathname.startsWith('/apis/example.org')) return false
    send(response, 503, statusOf(503, 'away'))
    return true
  }
  expect(await discovery.kinds(signal)).toEqual(before)
})

test('a list of kinds that is still the same is not sent again', async () => {
  await using server = await standInApiServer(kinds)
  const discovery = new Discovery(server.api())
  const { signal } = new AbortController()
  const before = await discovery.kinds(signal)
  let unchanged = 0
  server.fault = (request, response) => {
    if (request.headers['if-none-match'] === undefined) return false
    unchanged++
    response.writeHead(304).end()
    return true
  }
  expect(await discovery.kinds(signal)).toEqual(before)
  expect(unchanged).toBe(2)
})

test('I5: a kind that an earlier process knew and the server does not name is a scope that is gone, after a while', () => {
  const watched = new WatchedKinds('prod', { namespaces: [], kinds: { include: ['*'], exclude: ['example.org.Left'] } })
  const isWatchable = true
  watched.take([{ group: '', version: 'v1', kind: 'Node', plural: 'nodes', isNamespaced: false, isWatchable }])
  const scopes = ['Node', 'example.org.Widget', 'example.org.Left', 'Pod'].map(
    (name) => `kubernetes/prod/-/${name}` as Scope,
  )
  watched.recall([...scopes, 'kubernetes/prod/shop/ConfigMap' as Scope])
  const listed = () => watched.targets('https://here').map(({ scope }) => scope)
  expect(listed()).toEqual(['kubernetes/prod/-/Node' as Scope])
  const widget = watched.get('kubernetes/prod/-/example.org.Widget' as Scope)
  widget.missingSince = performance.now() - 60_000
  expect(listed()).toEqual(['kubernetes/prod/-/Node' as Scope, widget.scope])
  watched.take([
    { group: 'example.org', version: 'v1', kind: 'Widget', plural: 'widgets', isNamespaced: true, isWatchable },
  ])
  expect(watched.get(widget.scope)).toMatchObject({ missingSince: null, kind: { plural: 'widgets' } })
})
