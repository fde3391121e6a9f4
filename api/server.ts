import { VainoError } from '../model/errors.ts'
import { hasTokens, type Tokens } from './access.ts'
import type { App } from './app.ts'
import { isLoopback } from './origin.ts'
import { serveBun } from './serve-bun.ts'

export interface Listen {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
}

/** What each runtime's HTTP server gives back. */
export interface HttpServer {
  readonly port: number
  /** Takes no more requests; resolves when those under way have ended, or have been cut after a while. */
  stop(graceMs: number): Promise<void>
}

export interface RunningServer extends AsyncDisposable {
  /** `http://HOST:PORT`, with the port that was given. */
  readonly url: string
}

export interface ServeOptions {
  readonly app: App
  readonly listen: Listen
  readonly tokens: Tokens
}

/** Open streams are told to resume elsewhere; whatever still runs after this is cut. */
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

/**
 * Serves an app until it is disposed.
 * @throws VainoError `bad_config` for an address that others can reach while no tokens are configured, or that isn't this
 * machine's; `port_in_use`
 */
export function serve({ app, listen, tokens }: ServeOptions): RunningServer {
  const { host, port } = listen
  if (!isLoopback(host) && !hasTokens(tokens)) {
    throw new VainoError(
      'bad_config',
      `${authority(host, port)} can be reached from other machines, and there are no tokens`,
      {
        hint: 'Listen on 127.0.0.1, or configure tokens (read, ingest, admin).',
      },
    )
  }
  const server = listening(app, listen)
  return {
    url: `http://${authority(host, server.port)}`,
    async [Symbol.asyncDispose]() {
      app[Symbol.dispose]()
      await server.stop(graceMs)
    },
  }
}

function listening(app: App, listen: Listen): HttpServer {
  const at = authority(listen.host, listen.port)
  try {
    return serveBun(app, listen)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      throw new VainoError('port_in_use', `${at} is in use by another process`, {
        hint: `Stop it, or listen elsewhere: --listen ${authority(listen.host, 0)} takes a free port.`,
        cause: error,
      })
    }
    throw new VainoError('bad_config', `${at} cannot be listened on (${code ?? 'unknown reason'})`, {
      hint: 'Name an address of this machine, and a port above 1023 or 0.',
      cause: error,
    })
  }
}
