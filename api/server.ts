import { VainoError } from '../model/errors.ts'
import { type HttpServer, serveHttp, type TlsTexts } from '../runtime/runtime.ts'
import { hasTokens, type Tokens } from './access.ts'
import type { App } from './app.ts'
import { isLoopback } from './origin.ts'
import { asVainoError, problemResponse } from './problem.ts'

export interface Listen {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
}

export interface RunningServer extends AsyncDisposable {
  /** `http://HOST:PORT`, or `https:` with TLS, with the port that was given. */
  readonly url: string
  /** New connections get this certificate, where there was one before. */
  renew(tls: TlsTexts): void
}

export interface ServeOptions {
  readonly app: App
  readonly listen: Listen
  readonly tokens: Tokens
  readonly tls?: TlsTexts
  /** Seconds after which a connection on which no byte moves is closed, 120 where absent; streams lift this for themselves. */
  readonly idleSeconds?: number
}

const defaultIdleSeconds = 120

/** Open streams receive an event to resume elsewhere; connections that are still open after this are cut. */
const graceMs = 3000

/** @param text `HOST:PORT`, an IPv6 host in brackets */
export function parseListen(text: string): Listen {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:[\]]+):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[2])
  if (match?.[1] === undefined || port > 65_535) {
    throw new VainoError('bad_config', `"${text}" is no address to listen on`, {
      hint: 'Expected HOST:PORT such as 127.0.0.1:8420 or [::1]:0.',
    })
  }
  return { host: match[1].replace(/^\[(.*)\]$/, '$1'), port }
}

const authority = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** @throws VainoError `bad_config` for an address that others can reach while no tokens are configured */
export function refuseOpenAddress({ host, port }: Listen, tokens: Tokens): void {
  if (!isLoopback(host) && !hasTokens(tokens)) {
    throw new VainoError(
      'bad_config',
      `${authority(host, port)} can be reached from other machines, and there are no tokens`,
      {
        hint: 'Listen on 127.0.0.1, or configure tokens (read, ingest, admin).',
      },
    )
  }
}

/**
 * Serves an app until it is disposed.
 * @throws VainoError `bad_config` as {@link refuseOpenAddress}, or for an address that isn't this machine's; `port_in_use`
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { app, listen, tokens, tls, idleSeconds = defaultIdleSeconds } = options
  refuseOpenAddress(listen, tokens)
  const server = await listening(app, listen, { idleSeconds, ...(tls && { tls }) })
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${authority(listen.host, server.port)}`,
    renew: (renewed) => server.renew(renewed),
    async [Symbol.asyncDispose]() {
      app[Symbol.dispose]()
      await stop(server)
    },
  }
}

async function listening(
  app: App,
  { host, port }: Listen,
  options: { readonly idleSeconds: number; readonly tls?: TlsTexts },
): Promise<HttpServer> {
  try {
    return await serveHttp({
      host,
      port,
      ...options,
      fetch: (request, setIdleTimeout, address) => app.fetch(request, { setIdleTimeout, address }),
      failed: (error) => problemResponse(asVainoError(error)),
    })
  } catch (error) {
    throw cannotListen(error, host, port)
  }
}

/** Takes no more requests and waits `graceMs` for those under way. */
async function stop(server: HttpServer): Promise<void> {
  const cut = setTimeout(() => void server.stop(true), graceMs)
  await server.stop(false)
  clearTimeout(cut)
}

function cannotListen(error: unknown, host: string, port: number): VainoError {
  const at = authority(host, port)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new VainoError('port_in_use', `${at} is in use by another process`, {
      hint: `Stop it, or listen elsewhere: --listen ${authority(host, 0)} takes a free port.`,
      cause: error,
    })
  }
  return new VainoError('bad_config', `${at} cannot be listened on (${code ?? 'unknown reason'})`, {
    hint: 'Name an address of this machine, and a port above 1023 or 0.',
    cause: error,
  })
}
