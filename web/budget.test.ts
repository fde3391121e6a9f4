import { expect, test } from 'bun:test'
import { startTestServer } from '../api/test-server.ts'

/** Bytes on the wire, compressed. */
const budget = 100_000

test('the application weighs at most 100 kB on the wire, and its files never change under their names', async () => {
  await using server = await startTestServer()
  const html = await (await server.get('/')).text()
  const scripts = [...html.matchAll(/(?:href|src)="\.(\/web\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path ?? '')
  expect(scripts.length).toBe(2)
  const [main = ''] = scripts.filter((path) => path.endsWith('.js'))
  const [, worker] = /(web\/stream-\w+\.js)/.exec(await (await server.get(main)).text()) ?? []
  let bytes = 0
  for (const path of [...scripts, `/${worker}`]) {
    const answer = await server.get(path, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })
    expect([path, answer.status, answer.headers.get('content-encoding')]).toEqual([path, 200, 'gzip'])
    expect(answer.headers.get('cache-control')).toContain('immutable')
    bytes += Number(answer.headers.get('content-length'))
  }
  expect(bytes).toBeGreaterThan(20_000)
  expect(bytes).toBeLessThan(budget)
})
