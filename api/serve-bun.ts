import type { App } from './app.ts'
import { asVainoError, problemResponse } from './problem.ts'
import type { HttpServer, Listen } from './server.ts'

/** A connection on which nothing moves for so long is closed; streams lift this for themselves. The most that Bun takes is 255. */
const idleSeconds = 120

/**
 * The one file that knows Bun's HTTP server. Deno's is the same function over `Deno.serve({ hostname, port, onListen }, handler)`
 * and its `shutdown()`; it has no idle timeout of its own, so its connection does nothing.
 */
export function serveBun(app: App, { host, port }: Listen): HttpServer {
  const server = Bun.serve({
    hostname: host,
    port,
    idleTimeout: idleSeconds,
    // The app refuses large bodies itself, as a problem document and only where it reads one.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: (request, bun) => app.fetch(request, { setIdleTimeout: (seconds) => bun.timeout(request, seconds) }),
    error: (error) => problemResponse(asVainoError(error)),
  })
  return {
    port: server.port ?? port,
    async stop(graceMs) {
      const cut = setTimeout(() => void server.stop(true), graceMs)
      await server.stop(false)
      clearTimeout(cut)
    },
  }
}
