import { expect, test } from 'bun:test'
import { until } from '../../api/test-server.ts'
import { standInApiServer, statusOf } from '../../test/sources/stand-in-api-server.ts'
import type { EventSink } from '../source.ts'

const object = (name: string) => ({ metadata: { name, namespace: 'default', resourceVersion: '101' } })

const kinds = [
  { kind: 'ConfigMap', plural: 'configmaps' },
  { kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', group: 'apiextensions.k8s.io' },
]

/** A follow of one kind, after its list. @param seconds between two looks where there are no objects */
async function followed(names: readonly string[], seconds: number, plural = 'configmaps') {
  const server = await standInApiServer(kinds)
  server.objects.set(plural, names.map(object))
  const source = server.open('test', { empty_kinds_seconds: seconds })
  const stop = new AbortController()
  const committed: string[] = []
  const out: EventSink = {
    observe: async () => undefined,
    gone: async () => undefined,
    missed: () => undefined,
    checkpoint(at, done) {
      committed.push(at)
      done?.()
    },
  }
  const { value: targets = [] } = await source.targets(stop.signal)[Symbol.asyncIterator]().next()
  const target = targets[kinds.findIndex((kind) => kind.plural === plural)]
  if (target === undefined) throw new Error('there is no target')
  await source.scan(target, out, stop.signal)
  const ended = source.follow?.(target, '100', out, stop.signal).catch(() => 'stopped')
  const asked = (what: string) => server.requests.filter((request) => request.includes(what)).length
  return {
    server,
    ended,
    committed,
    watches: () => asked('watch=1'),
    looks: () => asked('limit=1'),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('stopped'))
      await ended
      await source[Symbol.asyncDispose]?.()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('a kind without objects is looked at without a watch, and listed when it has one', async () => {
  await using at = await followed([], 0.01)
  at.server.version = 105
  await until('it was looked at', () => at.looks() >= 3)
  expect(at.committed).toContain('105')
  at.server.objects.set('configmaps', [object('first')])
  expect(await at.ended).toBe('relist')
  expect(at.watches()).toBe(0)
})

test('a kind that has objects has a watch, and so has any where a delay is not wanted, and the definitions of kinds', async () => {
  await using some = await followed(['a'], 0.01)
  await using always = await followed([], 0)
  await using definitions = await followed([], 0.01, 'customresourcedefinitions')
  for (const at of [some, always, definitions]) {
    await until('it has a watch', () => at.watches() === 1)
    expect(at.looks()).toBe(0)
  }
})

test('I5: a look that is refused brings a list, which says so', async () => {
  await using at = await followed([], 0.01)
  at.server.fault = (_request, response) => {
    response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(statusOf(403, 'forbidden')))
    return true
  }
  expect(await at.ended).toBe('relist')
})
