import { afterAll, beforeAll, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { type TemporaryFolder, temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import type { ClusterAccess } from '../access/access.ts'
import { ApiServer } from './api-server.ts'

let folder: TemporaryFolder
const file = (name: string): string => readFileSync(`${folder.path}/${name}`, 'utf8')
const openssl = (...given: string[]): void => {
  execFileSync('openssl', given, { cwd: folder.path, stdio: 'ignore' })
}

beforeAll(async () => {
  folder = await temporaryFolder()
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '2')
  await folder.write('server.ext', 'subjectAltName=DNS:kubernetes.default,IP:127.0.0.1')
  await folder.write('client.ext', 'extendedKeyUsage=clientAuth')
  for (const [name, subject] of [
    ['server', '/CN=server'],
    ['client', '/O=team/CN=vaino'],
  ] as const) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject)
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`]
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signed)
  }
})
afterAll(() => folder[Symbol.asyncDispose]())

async function listening(server: net.Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      if (server instanceof http.Server) server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** @param client whether who shows no certificate of the authority is sent away */
const secureServer = (client: 'any' | 'known') =>
  listening(
    https.createServer(
      {
        key: file('server.key'),
        cert: file('server.crt'),
        ca: file('ca.crt'),
        requestCert: client === 'known',
        rejectUnauthorized: client === 'known',
      },
      (_, response) => void response.end('{"answered":true}'),
    ) as unknown as net.Server,
  )
const answered = { answered: true }

function serverAt(address: string, more: Partial<ClusterAccess> = {}): ApiServer {
  const access = {
    server: new URL(address),
    authorities: null,
    serverName: null,
    skipsVerification: false,
    proxy: null,
    credentials: { current: async () => ({ headers: {}, certificate: null }), refused: () => undefined },
    fingerprint: '',
    ...more,
  }
  return new ApiServer('the API server', access, {
    timeoutMs: 10_000,
    budget: { take: async () => undefined, throttled: () => undefined },
    redactText: (text) => text,
  })
}

const { signal } = new AbortController()
async function ask(server: ApiServer): Promise<unknown> {
  try {
    return (await server.get('/', { maxBytes: 1000 }, signal))?.body
  } finally {
    server[Symbol.dispose]()
  }
}
const asVaino = () => ({
  current: async () => ({ headers: {}, certificate: { cert: file('client.crt'), key: file('client.key') } }),
  refused: () => undefined,
})

test('a server of a private authority knows the client by its certificate', async () => {
  await using server = await secureServer('known')
  const address = `https://127.0.0.1:${server.port}`
  const authorities = file('ca.crt')
  expect(await ask(serverAt(address, { authorities, credentials: asVaino() }))).toEqual(answered)
  await expect(ask(serverAt(address, { authorities }))).rejects.toThrow('cannot be reached')
})

test('a certificate that nobody vouches for, or of another name, is refused with what to look at', async () => {
  await using server = await secureServer('any')
  const authorities = file('ca.crt')
  for (const [address, more] of [
    [`https://127.0.0.1:${server.port}`, {}],
    [`https://localhost:${server.port}`, { authorities }],
  ] as const) {
    const error: unknown = await ask(serverAt(address, more)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ hint: expect.stringContaining('certificate-authority') })
  }
})

test('another name of the server is expected where the kubeconfig says so, and nothing is checked where it says that', async () => {
  await using server = await secureServer('any')
  const address = `https://localhost:${server.port}`
  const named = serverAt(address, { authorities: file('ca.crt'), serverName: 'kubernetes.default' })
  expect(await ask(named)).toEqual(answered)
  expect(await ask(serverAt(address, { skipsVerification: true }))).toEqual(answered)
})

/** A proxy for CONNECT; refuses who shows no password. */
function connectProxy(seen: string[]) {
  const proxy = http.createServer((_, response) => void response.writeHead(400).end())
  proxy.on('connect', (request, socket: net.Socket) => {
    seen.push(`${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`)
    if (request.headers['proxy-authorization'] === undefined) return socket.end('HTTP/1.1 407 Who are you\r\n\r\n')
    const [host = '', port] = (request.url ?? '').split(':')
    const through = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      socket.pipe(through).pipe(socket)
    })
    through.on('error', () => socket.destroy())
    socket.on('error', () => through.destroy())
  })
  return listening(proxy)
}

test('behind a proxy the server is reached through a tunnel, with the client’s certificate', async () => {
  const seen: string[] = []
  await using server = await secureServer('known')
  await using proxy = await connectProxy(seen)
  const address = `https://127.0.0.1:${server.port}`
  const through = { authorities: file('ca.crt'), credentials: asVaino() }
  const withUser = new URL(`http://me:p%40ss@127.0.0.1:${proxy.port}`)
  expect(await ask(serverAt(address, { ...through, proxy: withUser }))).toEqual(answered)
  expect(seen).toEqual([`127.0.0.1:${server.port} Basic ${Buffer.from('me:p@ss').toString('base64')}`])
  const refused = ask(serverAt(address, { ...through, proxy: new URL(`http://127.0.0.1:${proxy.port}`) }))
  await expect(refused).rejects.toThrow(/the proxy .* answers 407/)
})

test('the connection of an answer that was read is used for the next', async () => {
  const ports = new Set<number | undefined>()
  await using server = await listening(
    http.createServer((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('{}')
    }),
  )
  using api = serverAt(`http://127.0.0.1:${server.port}`)
  for (let n = 0; n < 5; n++) await api.get('/', { maxBytes: 1000 }, signal)
  expect(ports.size).toBe(1)
})

test('an idle connection that the server has closed is no failure', async () => {
  const asked = new Map<net.Socket, number>()
  await using server = await listening(
    http.createServer((request, response) => {
      const count = (asked.get(request.socket) ?? 0) + 1
      asked.set(request.socket, count)
      if (count > 1) request.socket.destroy()
      else response.end('{}')
    }),
  )
  using api = serverAt(`http://127.0.0.1:${server.port}`)
  for (let n = 0; n < 4; n++) await api.get('/', { maxBytes: 1000 }, signal)
  expect([...asked.values()]).toContain(2)
})
