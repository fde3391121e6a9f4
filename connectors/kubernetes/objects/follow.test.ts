import { expect, test } from 'bun:test'
import { until } from '../../../api/test-server.ts'
import { send, standInApiServer, statusOf } from '../../../test/sources/stand-in-api-server.ts'
import type { Attribution, EventSink } from '../../source.ts'

const kinds = [{ kind: 'ConfigMap', plural: 'configmaps' }]
const map = (name: string, resourceVersion: string, data: object = {}) => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion },
  data,
})

/** What a follow hands on, in its order. */
function recorder(taken = async () => {}) {
  const said: string[] = []
  const by: (Attribution | undefined)[] = []
  const out: EventSink = {
    observe: async ({ id }, attribution) => {
      await taken()
      said.push(`observed ${id}`)
      by.push(attribution)
    },
    gone: async (id) => void said.push(`gone ${id}`),
    missed: () => undefined,
    checkpoint: (at) => void said.push(`at ${at}`),
  }
  return { said, by, out }
}

/** A follow of the config maps from version 100, that is open. @param taken what each observation waits for */
async function following(options: Readonly<Record<string, unknown>> = {}, taken = async () => {}) {
  const server = await standInApiServer(kinds)
  const source = server.open('test', options)
  const stop = new AbortController()
  const { value: [target] = [] } = await source.targets(stop.signal)[Symbol.asyncIterator]().next()
  if (target === undefined || source.follow === undefined) throw new Error('it has no target')
  const follow = source.follow.bind(source, target)
  const record = recorder(taken)
  const ended = follow('100', record.out, stop.signal).then(
    (how) => how,
    (error: unknown) => error,
  )
  await until('a watch is open', () => server.watches.get('configmaps')?.size === 1)
  return {
    server,
    source,
    target,
    ended,
    follow,
    ...record,
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('stopped'))
      await ended
      await source[Symbol.asyncDispose]?.()
      await server[Symbol.asyncDispose]()
    },
  }
}

const watches = (requests: readonly string[]): string[] =>
  requests.flatMap((request) => {
    const { searchParams } = new URL(request, 'http://server')
    return searchParams.get('watch') === '1' ? [searchParams.get('resourceVersion') ?? ''] : []
  })

test('events are handed on in their order, each with the place behind it', async () => {
  await using at = await following()
  at.server.send('configmaps', 'ADDED', map('a', '101'))
  at.server.send('configmaps', 'MODIFIED', map('a', '102'))
  at.server.send('configmaps', 'BOOKMARK', { metadata: { resourceVersion: '110' } })
  at.server.send('configmaps', 'DELETED', map('a', '111'))
  await until('all has come', () => at.said.length === 7)
  expect(at.said).toEqual([
    'observed default/a',
    'at 101',
    'observed default/a',
    'at 102',
    'at 110',
    'gone default/a',
    'at 111',
  ])
})

test('a watch that the server ends is opened again where it was', async () => {
  await using at = await following()
  at.server.send('configmaps', 'ADDED', map('a', '105'))
  await until('it has come', () => at.said.includes('at 105'))
  for (const response of at.server.watches.get('configmaps') ?? []) response.end()
  await until('another watch is open', () => watches(at.server.requests).length === 2)
  expect(watches(at.server.requests)).toEqual(['100', '105'])
})

test('a watch in which nothing comes is opened again where it was', async () => {
  await using at = await following({ silence_seconds: 0.2 })
  await until('another watch is open', () => watches(at.server.requests).length === 2)
  expect(watches(at.server.requests)).toEqual(['100', '100'])
})

test('a place that the server no longer keeps asks for a new list', async () => {
  await using at = await following()
  at.server.send('configmaps', 'ERROR', statusOf(410, 'too old resource version'))
  expect(await at.ended).toBe('relist')
})

test('a refusal that only a scan can say on its scope asks for a new list, any other is thrown', async () => {
  await using at = await following()
  const { out } = recorder()
  const { signal } = new AbortController()
  for (const [status, expected] of [
    [410, 'relist'],
    [401, 'relist'],
    [403, 'relist'],
    [404, 'relist'],
    [429, 429],
    [503, 503],
  ] as const) {
    at.server.fault = (_request, response) => {
      send(response, status, statusOf(status, 'no'))
      return true
    }
    const how = await at.follow('100', out, signal).catch((error: { answered?: number }) => error.answered ?? null)
    expect(how).toBe(expected)
  }
})

test.each(['cut', 'garbage', 'no event'])('I5: a watch with a %s is an error, and deletes nothing', async (how) => {
  await using at = await following()
  at.server.send('configmaps', 'ADDED', map('a', '101'))
  await until('it has come', () => at.said.includes('at 101'))
  const [response] = at.server.watches.get('configmaps') ?? []
  if (how === 'cut') response?.destroy()
  else response?.write(how === 'garbage' ? '<html>\n' : '{"type":"NEWS","object":{}}\n')
  expect(await at.ended).toBeInstanceOf(Error)
  expect(at.said).toEqual(['observed default/a', 'at 101'])
})

test('an event that comes in pieces is one event', async () => {
  await using at = await following()
  const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: map('ü', '101') })}\n`)
  const [response] = at.server.watches.get('configmaps') ?? []
  const middle = bytes.indexOf('ü') + 1
  response?.write(bytes.subarray(0, middle))
  await new Promise((resolve) => setImmediate(resolve))
  response?.write(bytes.subarray(middle))
  await until('it has come', () => at.said.length === 2)
  expect(at.said).toEqual(['observed default/ü', 'at 101'])
})

test('I10: what the engine does not take yet stays with the server, and none of it is lost', async () => {
  const gate = Promise.withResolvers<void>()
  await using at = await following({}, () => gate.promise)
  const [response] = at.server.watches.get('configmaps') ?? []
  const [events, text] = [10_000, 'x'.repeat(2000)]
  for (let n = 0; n < events; n++) at.server.send('configmaps', 'ADDED', map(`m-${n}`, String(101 + n), { text }))
  // The buffers of a connection take a few megabytes of these 20; then nothing moves any more.
  let [last, same] = [-1, 0]
  await until('nothing moves', () => {
    const left = response?.writableLength ?? 0
    same = left === last ? same + 1 : 0
    last = left
    return same === 20
  })
  expect(last).toBeGreaterThan(10 * 1024 * 1024)
  expect(at.said).toEqual([])
  gate.resolve()
  await until('all has come', () => at.said.length === 2 * events, 60_000)
  expect(at.said.filter((said) => said.startsWith('observed'))).toEqual(
    Array.from({ length: events }, (_, n) => `observed default/m-${n}`),
  )
})

test('I15: all is read by GETs, but for reviews of what the user may do, which store nothing', async () => {
  await using at = await following()
  await at.source.scan(at.target, { ...at.out, missed: () => undefined }, new AbortController().signal)
  const asked = at.server.requests.join()
  for (const part of ['/api', '/apis', 'limit=', 'watch=1']) expect(asked).toContain(part)
  expect([...at.server.posts]).toEqual(['/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'])
  expect([...at.server.methods]).toEqual(['GET', 'POST'])
})
