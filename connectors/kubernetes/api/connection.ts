import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import tls from 'node:tls'
import type { ClusterAccess } from '../access/access.ts'
import type { Credential } from '../access/credential.ts'
import { tunnel } from './tunnel.ts'

/** Idle connections that are kept for the next request. Watches take one each, beside them. */
const idleConnections = 8

/**
 * Connections to one API server. `node:http` and not `fetch`, of which Bun runs 256 at once and lets the next one hang: a watch a kind is
 * more than that with a few clusters.
 */
export class Connection implements Disposable {
  readonly #access: ClusterAccess
  readonly #agent: http.Agent | https.Agent
  #certificate: Credential['certificate'] = null

  constructor(access: ClusterAccess) {
    this.#access = access
    const kept = { keepAlive: true, maxFreeSockets: idleConnections }
    this.#agent = access.server.protocol === 'https:' ? new https.Agent(kept) : new http.Agent(kept)
  }

  /** Begins a GET, or a POST of a body; resolves with the answer's head. Rejects with the network's error. */
  async open(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    body: string | null = null,
  ): Promise<IncomingMessage> {
    const { server, proxy } = this.#access
    const credential = await this.#access.credentials.current(signal)
    this.#renew(credential.certificate)
    const isSecure = server.protocol === 'https:'
    const trust = isSecure ? this.#trust(credential.certificate) : {}
    const options: RequestOptions & tls.ConnectionOptions = {
      method: body === null ? 'GET' : 'POST',
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: Number(server.port) || (isSecure ? 443 : 80),
      path: `${server.pathname.replace(/\/$/, '')}${path}`,
      headers: {
        ...headers,
        ...credential.headers,
        ...(body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      ...trust,
      signal,
    }
    if (proxy === null) return headOf(isSecure ? https : http, { ...options, agent: this.#agent }, body)
    const socket = await tunnel(proxy, server, signal)
    // One connection a request: a tunnel is as dear as what goes through it, and few clusters are behind one.
    const through = isSecure ? await secured(socket, trust, server, signal) : socket
    return headOf(http, { ...options, createConnection: () => through }, body)
  }

  refused(): void {
    this.#access.credentials.refused()
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  #trust(certificate: Credential['certificate']): tls.ConnectionOptions {
    const { authorities, serverName, skipsVerification, server } = this.#access
    const name = serverName ?? server.hostname
    return {
      ...(authorities === null ? {} : { ca: authorities }),
      // An address is no server name.
      ...(/^[\d.]+$|:/.test(name) ? {} : { servername: name }),
      ...(skipsVerification ? { rejectUnauthorized: false } : {}),
      ...(certificate ?? {}),
    }
  }

  /** Idle connections were made as who the client was; one with a new certificate is somebody new. */
  #renew(certificate: Credential['certificate']): void {
    if (certificate?.cert === this.#certificate?.cert) return
    if (this.#certificate !== null) this.#agent.destroy()
    this.#certificate = certificate
  }
}

function headOf(
  client: Pick<typeof http, 'request'>,
  options: RequestOptions & tls.ConnectionOptions,
  body: string | null,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = client.request(options, resolve)
    request.on('error', (error) => {
      // The server closed an idle connection in the moment in which it was used again: it has not seen the request.
      const isStale = request.reusedSocket && 'code' in error && error.code === 'ECONNRESET'
      if (isStale && options.signal?.aborted !== true)
        headOf(client, { ...options, agent: false }, body).then(resolve, reject)
      else reject(error)
    })
    request.end(body ?? undefined)
  })
}

function secured(socket: Socket, trust: tls.ConnectionOptions, server: URL, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = tls.connect({ ...trust, socket, host: server.hostname }, () => resolve(secure))
    secure.on('error', reject)
    signal.addEventListener('abort', () => secure.destroy(), { once: true })
  })
}
