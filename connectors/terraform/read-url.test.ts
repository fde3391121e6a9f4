import { describe, expect, test } from 'bun:test'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readUrl } from './read-url.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function serve(handler: Handler): Promise<{ url: URL; requests: IncomingMessage[] } & AsyncDisposable> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}/state`),
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const never = new AbortController().signal

async function fetched(
  url: URL,
  authorization: string | null = null,
  timeoutMs = 5000,
  signal = never,
): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of readUrl({ url, authorization }, { timeoutMs, maxBytes: 1_000_000 }, signal)) parts.push(part)
  return Buffer.concat(parts).toString()
}

describe('fetching a state', () => {
  test('is a GET whose body is the state, with the credentials in a header', async () => {
    await using server = await serve((_, response) => response.end('{"version": 4}'))
    expect(await fetched(server.url, 'Basic abc')).toBe('{"version": 4}')
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/state', headers: { authorization: 'Basic abc' } })
  })

  test.each([
    [200, '', /answers with nothing/],
    [204, '', /answers 204: there is no state/],
    [404, 'not found', /answers 404: there is no state/],
    [401, 'no', /answers 401: access is refused/],
    [403, 'no', /answers 403: access is refused/],
    [429, 'slow down', /answers 429/],
    [500, 'oops', /answers 500/],
    [503, '<html></html>', /answers 503/],
    [304, '', /answers 304/],
  ])('that answers %d %j fails', async (status, body, message) => {
    await using server = await serve((_, response) => response.writeHead(status).end(body))
    await expect(fetched(server.url)).rejects.toThrow(message)
  })

  test('follows a few redirects, gives the credentials to no other host, and ends in a loop', async () => {
    await using other = await serve((_, response) => response.end('there'))
    await using server = await serve((request, response) => {
      const to = request.url === '/state' ? '/next' : request.url === '/next' ? other.url.href : '/loop'
      response.writeHead(302, { location: to }).end()
    })
    expect(await fetched(server.url, 'Basic abc')).toBe('there')
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Basic abc', 'Basic abc'])
    expect(other.requests[0]?.headers.authorization).toBeUndefined()
    await expect(fetched(new URL('/loop', server.url))).rejects.toThrow('redirects more than 5 times')
  })

  test('refuses a redirect to what is no web address', async () => {
    await using server = await serve((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end())
    await expect(fetched(server.url)).rejects.toThrow('redirects to file:')
  })

  test('gives up on a server that says nothing, before its answer and in the middle', async () => {
    await using silent = await serve(() => {})
    await expect(fetched(silent.url, null, 100)).rejects.toThrow('sent nothing for 0.1 s')
    await using halting = await serve((_, response) => response.write('{"version":'))
    await expect(fetched(halting.url, null, 100)).rejects.toThrow('sent nothing for 0.1 s')
  })

  test('is not cut by the time that its taker needs', async () => {
    await using server = await serve((_, response) => response.end('x'.repeat(100_000)))
    let length = 0
    for await (const part of readUrl(
      { url: server.url, authorization: null },
      { timeoutMs: 100, maxBytes: 1_000_000 },
      never,
    )) {
      await new Promise((resolve) => setTimeout(resolve, 150))
      length += part.length
    }
    expect(length).toBe(100_000)
  })

  test('fails when the connection breaks, is refused, or its signal is aborted', async () => {
    await using breaking = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('{"version"', () => response.destroy())
    })
    await expect(fetched(breaking.url)).rejects.toThrow('cannot be fetched (')
    const gone = await serve(() => {})
    await gone[Symbol.asyncDispose]()
    await expect(fetched(gone.url)).rejects.toThrow(
      /cannot be fetched \(ConnectionRefused\)|cannot be fetched \(ECONNREFUSED\)/,
    )
    await using silent = await serve(() => {})
    const stop = new AbortController()
    const stopped = fetched(silent.url, null, 5000, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(stopped).rejects.toThrow('stopped')
  })
})
