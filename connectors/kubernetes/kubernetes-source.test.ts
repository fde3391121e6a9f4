import { expect, test } from 'bun:test'
import { until } from '../../api/test-server.ts'
import type { ScopeCondition } from '../../model/status.ts'
import { openSource } from '../../test/sources/scan-all.ts'
import { standInApiServer } from '../../test/sources/stand-in-api-server.ts'
import type { EventSink, Source, Target } from '../source.ts'
import { kubernetes } from './connector.ts'

const kinds = [
  { kind: 'ConfigMap', plural: 'configmaps' },
  {
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    group: 'apiextensions.k8s.io',
    cluster: true,
  },
]
const object = (name: string, resourceVersion: string) => ({
  metadata: { name, namespace: 'default', resourceVersion },
})

const out: EventSink = {
  observe: async () => undefined,
  gone: async () => undefined,
  missed: () => undefined,
  checkpoint: () => undefined,
}

const listed = (result: IteratorResult<readonly Target[], unknown>): readonly Target[] =>
  result.done === true ? [] : result.value

/** A source whose scopes are all known as this, over a stand-in. */
async function opened(status: ScopeCondition = 'fresh', options: Readonly<Record<string, unknown>> = {}) {
  const server = await standInApiServer(kinds)
  server.objects.set('configmaps', [object('a', '90')])
  const source = server.open('test', options, {
    knownScopes: (scope) => [{ scope: scope as never, status, attributes: {} }],
  })
  const stop = new AbortController()
  const lists = source.targets(stop.signal)[Symbol.asyncIterator]()
  const targets = listed(await lists.next())
  const target = (kind: string) => {
    const found = targets.find(({ scope }) => scope.endsWith(`/${kind}`))
    if (found === undefined) throw new Error(`there is no ${kind}`)
    return found
  }
  return {
    server,
    source,
    lists,
    target,
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('stopped'))
      await source[Symbol.asyncDispose]?.()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Follows until an event with this version has been handed on, then stops as the runner does before a scan. */
async function followUntil(source: Source, target: Parameters<Source['scan']>[0], version: string, send: () => void) {
  const stop = new AbortController()
  const { promise: reached, resolve } = Promise.withResolvers<void>()
  const checkpoint = (at: string, committed?: () => void): void => {
    committed?.()
    if (at === version) resolve()
  }
  const ended = source.follow?.(target, '100', { ...out, checkpoint }, stop.signal).catch((error: unknown) => error)
  send()
  await reached
  stop.abort(new Error('a scan begins'))
  await ended
}

const listsOf = (requests: readonly string[]): string[] =>
  requests.filter((request) => request.startsWith('/api/v1/configmaps?limit='))

test('a scope whose watch lost nothing is confirmed by a request for one object, from where the watch stands', async () => {
  await using at = await opened()
  const [target, { signal }] = [at.target('ConfigMap'), new AbortController()]
  expect(await at.source.scan(target, out, signal)).toMatchObject({ resume: '100' })
  const isOpen = () => until('a watch is open', () => at.server.watches.get('configmaps')?.size === 1)
  const send = () => void isOpen().then(() => at.server.send('configmaps', 'MODIFIED', object('a', '107')))
  await followUntil(at.source, target, '107', send)
  expect(await at.source.scan(target, out, signal)).toMatchObject({ unchanged: true, resume: '107' })
  expect(listsOf(at.server.requests)).toEqual(['/api/v1/configmaps?limit=500', '/api/v1/configmaps?limit=1'])
})

test('I1: events that are not committed when a follow ends are asked for again', async () => {
  await using at = await opened()
  const [target, { signal }] = [at.target('ConfigMap'), new AbortController()]
  await at.source.scan(target, out, signal)
  const stop = new AbortController()
  const { promise: handedOn, resolve } = Promise.withResolvers<void>()
  // The disk is full from the second event on.
  const checkpoint = (version: string, committed?: () => void): void => {
    if (version === '107') committed?.()
    else resolve()
  }
  const ended = at.source.follow?.(target, '100', { ...out, checkpoint }, stop.signal).catch((error: unknown) => error)
  await until('a watch is open', () => at.server.watches.get('configmaps')?.size === 1)
  for (const version of ['107', '108']) at.server.send('configmaps', 'MODIFIED', object('a', version))
  await handedOn
  stop.abort(new Error('a scan begins'))
  await ended
  expect(await at.source.scan(target, out, signal)).toMatchObject({ unchanged: true, resume: '107' })
})

test('I5: a scope that failed, or lost its watch, is listed again', async () => {
  await using failed = await opened('failing')
  const { signal } = new AbortController()
  for (let n = 0; n < 2; n++)
    expect(await failed.source.scan(failed.target('ConfigMap'), out, signal)).not.toHaveProperty('unchanged')
  await using at = await opened()
  const target = at.target('ConfigMap')
  await at.source.scan(target, out, signal)
  at.server.fault = (_request, response, { searchParams }) => {
    if (searchParams.get('watch') !== '1') return false
    response.writeHead(410).end('{}')
    return true
  }
  expect(await at.source.follow?.(target, '100', out, signal)).toBe('relist')
  expect(await at.source.scan(target, out, signal)).not.toHaveProperty('unchanged')
})

test('I5: a watch in which nothing comes is no proof that all is as it was: the server is asked, and a scan says where it hangs', async () => {
  await using at = await opened('fresh', { silence_seconds: 0.2, timeout_seconds: 0.2 })
  const [target, { signal }] = [at.target('ConfigMap'), new AbortController()]
  await at.source.scan(target, out, signal)
  const ended = at.source.follow?.(target, '100', out, signal)
  const watches = () => at.server.requests.filter((request) => request.includes('watch=1')).length
  await until('it is opened again while the server lives', () => watches() >= 3)
  at.server.fault = () => true
  // Said by the question, or by the watch that is opened where another kind has just been answered.
  expect(await ended?.catch(({ message }: Error) => message)).toMatch(/^relist$|sent nothing for 0.2 s/)
  await expect(at.source.scan(target, out, signal)).rejects.toThrow('sent nothing for 0.2 s')
  // Nothing was lost.
  at.server.fault = () => false
  expect(
    at.server.requests.filter((request) => request.includes('watch=1&') && !request.includes('resourceVersion=100')),
  ).toEqual([])
})

test('a server that hangs is waited for once, and not by each kind in turn', async () => {
  await using at = await opened('fresh', { timeout_seconds: 0.2 })
  const { signal } = new AbortController()
  let waits = 0
  at.server.fault = () => {
    waits++
    return true
  }
  for (const kind of ['ConfigMap', 'apiextensions.k8s.io.CustomResourceDefinition'])
    await expect(at.source.scan(at.target(kind), out, signal)).rejects.toThrow('sent nothing for 0.2 s')
  expect(waits).toBe(1)
})

const rule = (...verbs: string[]) => ({ verbs, apiGroups: [''], resources: ['configmaps'] })

test('a kind that the user may not list is said on its scope without asking for it', async () => {
  await using at = await opened()
  const { signal } = new AbortController()
  at.server.rules = {
    resourceRules: [rule('get', 'watch'), { ...rule('list'), resourceNames: ['a'] }],
    incomplete: false,
  }
  await expect(at.source.scan(at.target('ConfigMap'), out, signal)).rejects.toThrow('its user may not list configmaps')
  expect(listsOf(at.server.requests)).toEqual([])
})

test('what an authorizer can’t list beforehand is tried', async () => {
  await using at = await opened()
  at.server.rules = { resourceRules: [], incomplete: true }
  const { signal } = new AbortController()
  expect(await at.source.scan(at.target('ConfigMap'), out, signal)).toMatchObject({ resume: '100' })
})

test('a kind that the user may list and not watch is listed each time, and says so', async () => {
  await using asked = await opened()
  const { signal } = new AbortController()
  const warnings = [{ message: expect.stringContaining('may list configmaps and not watch them') }]
  asked.server.rules = { resourceRules: [rule('list')], incomplete: false }
  for (let n = 0; n < 2; n++) {
    const report = await asked.source.scan(asked.target('ConfigMap'), out, signal)
    expect(report).toMatchObject({ warnings })
    expect(report).not.toHaveProperty('resume')
  }
})

test('the doctor names what the user may not list or watch, and what nobody can say', async () => {
  await using at = await opened()
  const checked = async () => Array.fromAsync(at.source.checks?.(new AbortController().signal) ?? [])
  expect(await checked()).toMatchObject([{ what: '2 of 2 scopes', problem: {} }])
  const definitions = { apiGroups: ['apiextensions.k8s.io'], resources: ['*'], verbs: ['*'] }
  for (const [rules, expected] of [
    [[], [{ what: 'may not list 2 of 2 scopes', problem: {} }]],
    [
      [rule('list', 'watch')],
      [{ what: 'may not list 1 of 2 scopes', problem: { message: 'apiextensions.k8s.io.CustomResourceDefinition' } }],
    ],
    [[rule('list'), definitions], [{ what: 'may list and not watch 1 of 2 scopes', problem: {} }]],
    [[rule('list', 'watch'), definitions], [{ problem: null }]],
  ] as const) {
    await using other = await opened()
    other.server.rules = { resourceRules: rules, incomplete: false }
    const found = await Array.fromAsync(other.source.checks?.(new AbortController().signal) ?? [])
    expect(found).toMatchObject([...expected])
  }
})

test('I5: a confirmation that is refused is a failed scan', async () => {
  await using at = await opened()
  const [target, { signal }] = [at.target('ConfigMap'), new AbortController()]
  await at.source.scan(target, out, signal)
  at.server.fault = (_request, response) => {
    response.writeHead(403).end('{}')
    return true
  }
  await expect(at.source.scan(target, out, signal)).rejects.toThrow('answers 403')
})

test('a definition that has come is a new target soon', async () => {
  await using at = await opened()
  const target = at.target('apiextensions.k8s.io.CustomResourceDefinition')
  const next = at.lists.next()
  const isOpen = () => until('a watch is open', () => at.server.watches.get('customresourcedefinitions')?.size === 1)
  await followUntil(at.source, target, '108', () => {
    at.server.kinds.push({ kind: 'Widget', plural: 'widgets', group: 'example.org' })
    void isOpen().then(() => at.server.send('customresourcedefinitions', 'ADDED', object('widgets.example.org', '108')))
  })
  const startedAt = performance.now()
  const targets = listed(await next)
  expect(targets.map(({ scope }) => scope)).toContain('kubernetes/test/-/example.org.Widget' as never)
  // Without the event it is seen after ten seconds.
  expect(performance.now() - startedAt).toBeLessThan(8000)
})

test('`kubernetes:` alone is the cluster in which vaino runs', () => {
  expect(openSource(kubernetes, '').name).toBe('kubernetes:in-cluster')
})
