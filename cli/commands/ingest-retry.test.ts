import { expect, test } from 'bun:test'
import { createServer, type IncomingMessage } from 'node:http'
import { startTestServer } from '../../api/test-server.ts'
import { serverOf } from '../server.ts'
import { ingestRecords } from './ingest.ts'

async function* bodyOf(lines: readonly object[]): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

const bytesOf = async (request: IncomingMessage) =>
  Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))

/** A proxy before a real server that loses answers: what was asked is done, and nobody hears of it. */
async function forgetful(target: string, lose: (n: number) => 'answer' | 'body' | 'request' | null) {
  let requests = 0
  const http = createServer(async (request, response) => {
    const loss = lose(++requests)
    const body = await bytesOf(request)
    if (loss === 'request') return void request.socket.destroy()
    const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('producer-')) as [
      string,
      string,
    ][]
    const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body })
    if (loss === 'answer') return void request.socket.destroy()
    if (loss === 'body') return void response.writeHead(200).end()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

test('records whose answer was lost are sent again and applied once', async () => {
  await using server = await startTestServer()
  // The first request is answered: a server that was never there is told at once instead.
  await using proxy = await forgetful(
    server.url,
    (n) => ({ 2: 'answer' as const, 4: 'request' as const, 6: 'body' as const })[n] ?? null,
  )
  const scope = 'a/1/x/again'
  const record = (n: number) => ({
    kind: 'observed',
    scope,
    resource: { id: 'q', type: 't', provider: 'p', configuration: { n, filler: 'x'.repeat(3_000_000) } },
  })
  const totals = await ingestRecords(
    await serverOf({ server: proxy.url, color: false }),
    bodyOf([record(1), record(2), record(1), record(2)]),
    null,
    new AbortController().signal,
  )
  expect(proxy.requests()).toBe(7)
  expect(totals.records).toBe(4)
  // Had one been applied twice or in another order, there would be another number of versions.
  const item = (await (await server.get(`/v1/resources/${encodeURIComponent(`${scope}/q`)}`)).json()) as {
    version: number
  }
  expect(item.version).toBe(4)
})

test('a batch of which nothing can be used stops nothing behind it', async () => {
  await using server = await startTestServer()
  const good = (id: string) => ({
    kind: 'observed',
    scope: 'a/1/x/behind',
    resource: { id, type: 't', provider: 'p', configuration: { filler: 'x'.repeat(4_500_000) } },
  })
  const totals = await ingestRecords(
    await serverOf({ server: server.url, color: false }),
    bodyOf([good('before'), { kind: 'nonsense', filler: 'x'.repeat(4_500_000) }, good('behind')]),
    null,
    new AbortController().signal,
  )
  expect(totals).toMatchObject({ records: 3, changes: 2, dead_letters: 1 })
})
