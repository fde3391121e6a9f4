import { existsSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import path from 'node:path'

/**
 * All in which Bun and Deno differ. Everything else uses `node:` modules, which both have. It imports nothing of ours, so
 * that every layer may import it.
 */

interface Collectable {
  readonly Bun?: { gc(force: boolean): void }
  readonly gc?: () => void
}

/** Name and version of the runtime of this process. */
export const runtime: { readonly name: 'bun' | 'deno' | 'node'; readonly version: string } = process.versions.bun
  ? { name: 'bun', version: process.versions.bun }
  : process.versions.deno
    ? { name: 'deno', version: process.versions.deno }
    : { name: 'node', version: process.versions.node }

const isBun = typeof Bun !== 'undefined'

/** The program of Bun: this process's own, or the one of the package. */
export const bunExecutable = (): string =>
  isBun
    ? process.execPath
    : path.join(path.dirname(createRequire(import.meta.url).resolve('bun/package.json')), 'bin/bun.exe')

/** xxHash3 of 64 bits, 0.1 µs for 1 KB; null where the runtime has none. */
export const xxHash3: ((bytes: Uint8Array) => bigint) | null = isBun ? Bun.hash.xxHash3 : null

/** Asks the runtime for a garbage collection, soon or at once; false where it can't be asked (Deno without `--expose-gc`). */
export function collectGarbage(atOnce = false): boolean {
  const global = globalThis as Collectable
  if (global.Bun) global.Bun.gc(atOnce)
  else if (global.gc) global.gc()
  else return false
  return true
}

/** Ends a worker thread that has nothing left to do. Deno's `parentPort` has no `close`; there the main thread ends it. */
export function endThread(port: { close?(): void }): void {
  port.close?.()
}

/** A certificate with its chain and its key, PEM. */
export interface TlsTexts {
  readonly cert: string
  readonly key: string
}

export interface HttpOptions {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  /** A connection on which no byte moves for this long is closed; at most 255 s, which is Bun's limit. */
  readonly idleSeconds: number
  /** Absent: HTTP without TLS. */
  readonly tls?: TlsTexts
  /** @param setIdleTimeout changes `idleSeconds` for the request's connection; 0: never closed */
  fetch(
    request: Request,
    setIdleTimeout: (seconds: number) => void,
    address: string | null,
  ): Response | Promise<Response>
  /** The answer where `fetch` throws. */
  failed(error: unknown): Response
}

export interface HttpServer {
  readonly port: number
  /** Accepts no more connections and waits for the requests under way. @param now ends those too */
  stop(now: boolean): Promise<void>
  /** New connections get this certificate; those that are open go on with theirs. Only for a server that has TLS. */
  renew(tls: TlsTexts): void
}

/** Serves HTTP/1.1. @throws the runtime's error, with its `code` such as `EADDRINUSE`, when it cannot listen */
export const serveHttp = (options: HttpOptions): Promise<HttpServer> =>
  isBun ? serveWithBun(options) : serveWithNode(options)

async function serveWithBun({ host, port, idleSeconds, tls, fetch, failed }: HttpOptions): Promise<HttpServer> {
  const start = (at: number, certificate: TlsTexts | undefined) =>
    Bun.serve({
      hostname: host,
      port: at,
      idleTimeout: idleSeconds,
      // The app refuses large bodies itself, as a problem document and only where it reads one.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      ...(certificate && { tls: certificate, reusePort: true }),
      fetch: (request, bun) =>
        fetch(request, (seconds) => bun.timeout(request, seconds), bun.requestIP(request)?.address ?? null),
      error: failed,
    })
  // Where ports are shared, one that another process has is not refused: it is asked for alone first.
  if (tls !== undefined && port !== 0) await start(port, undefined).stop(true)
  let server = start(port, tls)
  const ending = new Set<typeof server>()
  return {
    port: server.port ?? port,
    stop: async (now) => {
      await Promise.all([server, ...ending].map((each) => each.stop(now)))
    },
    // Bun takes no other certificate for a server that runs: a second one takes over the port.
    renew(certificate) {
      const before = server
      server = start(before.port ?? port, certificate)
      ending.add(before)
      void before.stop(false).finally(() => ending.delete(before))
    },
  }
}

/** Of the file descriptors; the rest is for the files of the partitions, sources and brokers. */
const connectionShare = 0.7

/** The process's soft limit of open files (`ulimit -n`); null where it is unlimited or `/proc` doesn't say. */
export function descriptorLimit(): number | null {
  const file = '/proc/self/limits'
  const soft = existsSync(file) ? /^Max open files\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined
  return soft === undefined ? null : Number(soft)
}

/**
 * `node:http` and not `Deno.serve`: that has no idle timeout, and ends for good at the first connection for which the
 * process has no file descriptor left.
 */
async function serveWithNode({ host, port, idleSeconds, tls, fetch, failed }: HttpOptions): Promise<HttpServer> {
  const { createAdaptorServer } = await import('@hono/node-server')
  const server = createAdaptorServer({
    overrideGlobalObjects: false,
    // An upload may take as long as it moves.
    ...(tls && { createServer: createTlsServer }),
    serverOptions: { requestTimeout: 0, keepAliveTimeout: idleSeconds * 1000, ...tls },
    fetch: async (request, { incoming }) => {
      try {
        const { socket } = incoming
        return await fetch(request, (seconds) => void socket.setTimeout(seconds * 1000), socket.remoteAddress ?? null)
      } catch (error) {
        return failed(error)
      }
    },
  }) as Server | TlsServer
  server.timeout = idleSeconds * 1000
  const descriptors = descriptorLimit()
  if (descriptors !== null) server.maxConnections = Math.floor(descriptors * connectionShare)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const closed = new Promise<void>((resolve) => void server.once('close', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async stop(now) {
      server.close()
      if (now) server.closeAllConnections()
      else server.closeIdleConnections()
      await closed
    },
    renew: (certificate) => (server as TlsServer).setSecureContext(certificate),
  }
}
