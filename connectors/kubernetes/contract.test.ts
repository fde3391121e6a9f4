import type { IncomingMessage, ServerResponse } from 'node:http'
import { type StandInObject, send, standInApiServer, statusOf } from '../../test/sources/stand-in-api-server.ts'
import { type Arranged, contract, plantedSecret } from '../contract.case.ts'

const kinds = [{ kind: 'ConfigMap', plural: 'configmaps' }]
const names = ['a', 'b', 'c']
const map = (name: string, data: object = {}): StandInObject => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}` },
  data,
})

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void

/** A cluster with config maps, whose list a case may answer in the server's place. */
async function cluster(
  of: readonly string[],
  answer?: Answer,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Arranged & { server: Awaited<ReturnType<typeof standInApiServer>> }> {
  const server = await standInApiServer(kinds)
  server.objects.set(
    'configmaps',
    of.map((name) => map(name)),
  )
  server.fault = (request, response, url) => {
    if (answer === undefined || !url.pathname.endsWith('/configmaps')) return false
    answer(request, response, url)
    return true
  }
  return {
    server,
    source: server.open('test', options),
    ids: of.map((name) => `default/${name}`),
    reopen: () => server.open('test', options),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const many = Array.from({ length: 600 }, (_, n) => `m${n}`)
const page = (of: readonly string[], next?: string) => ({
  metadata: { resourceVersion: '7', ...(next === undefined ? {} : { continue: next }) },
  items: of.map((name) => map(name)),
})
const afterFirst = (url: URL): boolean => url.searchParams.has('continue')

contract({
  name: 'Kubernetes',
  complete: () => cluster(names),
  pages: () => cluster(many),
  repeatedPage: () => cluster(names, (_, response) => send(response, 200, page(names, 'again'))),
  changedBetweenPages: () => {
    let lists = 0
    // The moment of the first list is compacted away; in the second one `b` is gone and `d` has come.
    return cluster(['a', 'c', 'd'], (_, response, url) => {
      if (afterFirst(url)) return send(response, 410, statusOf(410, 'the continue token has expired'))
      lists++
      send(response, 200, lists === 1 ? page(['a', 'b'], 'x') : page(['a', 'c', 'd']))
    })
  },
  partialFailure: () =>
    cluster(names, (_, response, url) =>
      afterFirst(url) ? send(response, 500, statusOf(500, 'etcd is away')) : send(response, 200, page(['a'], 'x')),
    ),
  denial: () => cluster(names, (_, response) => send(response, 403, statusOf(403, 'configmaps is forbidden'))),
  throttling: () =>
    cluster(names, (_, response) => {
      response.setHeader('retry-after', '7')
      send(response, 429, statusOf(429, 'too many requests'))
    }),
  garbage: () => cluster(names, (_, response) => void response.writeHead(200).end('<html>all is well</html>')),
  silence: () => cluster(names, () => undefined, { timeout_seconds: 0.1 }),
  cut: () =>
    cluster(names, (_, response) => {
      response.writeHead(200, { 'content-length': '5000' })
      response.write('{"metadata":{"resourceVersion":"7"},"items":[', () => response.destroy())
    }),
  cancellation: () => cluster(names, () => undefined),
  secrets: () =>
    cluster(names, (_, response, url) =>
      afterFirst(url)
        ? send(response, 500, statusOf(500, `cannot sign in with password=${plantedSecret}`))
        : send(response, 200, {
            metadata: { resourceVersion: '7', continue: 'x' },
            items: [map('a', { password: plantedSecret })],
          }),
    ),
  restart: () => cluster(many),
})
