import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConnectorContext } from '../../connectors/connector.ts'
import type { ClusterAccess } from '../../connectors/kubernetes/access/access.ts'
import { ApiServer } from '../../connectors/kubernetes/api/api-server.ts'
import { kubernetes } from '../../connectors/kubernetes/connector.ts'
import { temporaryFolder } from '../terraform/temporary-folder.ts'
import { openSource } from './scan-all.ts'

/** A kind as aggregated discovery has it. */
export interface StandInKind {
  readonly group?: string
  readonly versions?: readonly string[]
  readonly kind: string
  readonly plural: string
  readonly verbs?: readonly string[]
  readonly cluster?: boolean
}

export interface StandInObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [member: string]: unknown }
  readonly [member: string]: unknown
}

/** Takes a request over; true: it has been answered. */
type Fault = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean

/**
 * A stand-in for an API server: the part of Kubernetes' published API contract that lists, pages and watches use. It has no storage, no
 * validation and no authorization, so it proves nothing of a real server; it arranges what a real one does seldom.
 */
export async function standInApiServer(kinds: readonly StandInKind[], options: { readonly aggregated?: boolean } = {}) {
  const state = {
    kinds: [...kinds],
    /** By plural. */
    objects: new Map<string, StandInObject[]>(),
    version: 100,
    /** Paths of GETs. */
    requests: [] as string[],
    methods: new Set<string>(),
    posts: new Set<string>(),
    /** What the user may do, as a SelfSubjectRulesReview says it; null: the server has no reviews. */
    rules: null as object | null,
    fault: (() => false) as Fault,
    watches: new Map<string, Set<ServerResponse>>(),
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://server')
    state.methods.add(request.method ?? '')
    if (request.method === 'GET') state.requests.push(`${url.pathname}${url.search}`)
    if (state.fault(request, response, url)) return
    const { pathname } = url
    if (request.method === 'POST') {
      state.posts.add(pathname)
      return review(state.rules, pathname, response)
    }
    if (pathname === '/api' || pathname === '/apis') {
      const document =
        options.aggregated === false ? legacyRoot(state.kinds, pathname) : aggregatedRoot(state.kinds, pathname)
      response.setHeader('etag', '"of-its-kinds"')
      return send(response, 200, document)
    }
    const plural = pathname.split('/').at(-1) ?? ''
    if (state.kinds.some((kind) => kind.plural === plural)) {
      return url.searchParams.get('watch') === '1'
        ? watch(plural, response)
        : send(response, 200, listOf(state, plural, url))
    }
    const legacy = legacyResources(state.kinds, pathname)
    return legacy === null ? send(response, 404, statusOf(404, 'not found')) : send(response, 200, legacy)
  })

  const watch = (plural: string, response: ServerResponse): void => {
    const open = state.watches.get(plural) ?? new Set()
    state.watches.set(plural, open.add(response))
    response.on('close', () => open.delete(response))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const folder = await temporaryFolder()
  const kubeconfig = await folder.write('config', kubeconfigOf(`http://127.0.0.1:${port}`))
  return Object.assign(state, {
    port,
    folder,
    kubeconfig,
    /** Sends an event to the open watches of a kind. */
    send(plural: string, type: string, object: object): void {
      for (const response of state.watches.get(plural) ?? []) response.write(`${JSON.stringify({ type, object })}\n`)
    },
    /** Requests to it as the connector makes them. */
    api: (): ApiServer =>
      new ApiServer('the API server', accessTo(`http://127.0.0.1:${port}`), {
        timeoutMs: 10_000,
        budget: { take: async () => undefined, throttled: () => undefined },
        redactText: (text) => text,
      }),
    open(where = 'test', given: Readonly<Record<string, unknown>> = {}, more: Partial<ConnectorContext> = {}) {
      process.env.KUBECONFIG = kubeconfig
      return openSource(kubernetes, where, given, more)
    },
    async [Symbol.asyncDispose]() {
      delete process.env.KUBECONFIG
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await folder[Symbol.asyncDispose]()
    },
  })
}

function listOf(
  { objects, version }: { readonly objects: ReadonlyMap<string, readonly StandInObject[]>; readonly version: number },
  plural: string,
  url: URL,
): object {
  const namespace = /\/namespaces\/([^/]+)\//.exec(url.pathname)?.[1]
  const all = (objects.get(plural) ?? []).filter(
    ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
  )
  const from = Number(url.searchParams.get('continue') ?? 0)
  const to = from + Number(url.searchParams.get('limit') ?? all.length)
  const next = to < all.length ? { continue: String(to) } : {}
  const metadata = { resourceVersion: String(version), ...next }
  return { kind: 'List', apiVersion: 'v1', metadata, items: all.slice(from, to) }
}

function review(rules: object | null, pathname: string, response: ServerResponse): void {
  if (rules !== null && pathname.endsWith('/selfsubjectrulesreviews'))
    send(response, 201, { kind: 'SelfSubjectRulesReview', status: rules })
  else send(response, 404, statusOf(404, 'not found'))
}

const accessTo = (server: string): ClusterAccess => ({
  server: new URL(server),
  authorities: null,
  serverName: null,
  skipsVerification: false,
  proxy: null,
  credentials: { current: async () => ({ headers: {}, certificate: null }), refused: () => undefined },
  fingerprint: '',
})

export const kubeconfigOf = (server: string, user: object = { token: 'a-token' }): string =>
  JSON.stringify({
    'current-context': 'test',
    clusters: [{ name: 'here', cluster: { server } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'test', context: { cluster: 'here', user: 'me' } }],
  })

export const statusOf = (code: number, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message,
  code,
})

export function send(response: ServerResponse, status: number, document: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document))
}

const rootOf = ({ group = '' }: StandInKind): string => (group === '' ? '/api' : '/apis')
const verbsOf = ({ verbs = ['get', 'list', 'watch'] }: StandInKind) => verbs
const versionsOf = ({ versions = ['v1'] }: StandInKind) => versions

function aggregatedRoot(kinds: readonly StandInKind[], root: string) {
  const groups = Map.groupBy(
    kinds.filter((kind) => rootOf(kind) === root),
    ({ group = '' }) => group,
  )
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    items: [...groups].map(([name, of]) => ({
      metadata: { name },
      versions: [...new Set(of.flatMap(versionsOf))].map((version) => ({
        version,
        freshness: 'Current',
        resources: of
          .filter((kind) => versionsOf(kind).includes(version))
          .map((kind) => ({
            resource: kind.plural,
            responseKind: { group: name, version, kind: kind.kind },
            scope: kind.cluster ? 'Cluster' : 'Namespaced',
            verbs: verbsOf(kind),
          })),
      })),
    })),
  }
}

function legacyRoot(kinds: readonly StandInKind[], root: string) {
  if (root === '/api') return { kind: 'APIVersions', versions: ['v1'] }
  const groups = new Set(kinds.flatMap(({ group = '' }) => (group === '' ? [] : [group])))
  return {
    kind: 'APIGroupList',
    groups: [...groups].map((name) => {
      const versions = [...new Set(kinds.filter(({ group }) => group === name).flatMap(versionsOf))]
      return { name, versions: versions.map((version) => ({ version })), preferredVersion: { version: versions[0] } }
    }),
  }
}

function legacyResources(kinds: readonly StandInKind[], pathname: string) {
  const [, root = '', ...rest] = pathname.split('/')
  const [group = '', version = ''] = root === 'api' ? ['', ...rest] : rest
  const of = kinds.filter((kind) => (kind.group ?? '') === group && versionsOf(kind).includes(version))
  if (of.length === 0) return null
  return {
    kind: 'APIResourceList',
    resources: of.map((kind) => ({
      name: kind.plural,
      kind: kind.kind,
      namespaced: kind.cluster !== true,
      verbs: verbsOf(kind),
    })),
  }
}
