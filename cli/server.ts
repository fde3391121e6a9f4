import { existsSync } from 'node:fs'
import { type ErrorCode, errorCodes, messageOf, VainoError } from '../model/errors.ts'
import { parseJson } from '../model/json.ts'
import { readConfig } from './commands/config.ts'
import type { SharedFlags } from './shared-flags.ts'

type Query = Readonly<Record<string, string | number | undefined>>

export interface Request {
  readonly query?: Query
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal
}

/** A running vaino that answers over HTTP. */
export interface Server {
  readonly url: string
  /** The settled time that the last answer named; null where it named none. */
  readonly asOf: string | null
  /**
   * @returns an answer that is good (2xx)
   * @throws VainoError what the server said, or `not_ready` when nobody answers
   */
  request(path: string, request?: Request): Promise<Response>
  /** The same, its JSON read; what its shape is, the caller knows from the route. @throws VainoError also when it is none */
  json<T>(path: string, request?: Request): Promise<T>
}

/** The server that the flags mean: `--server`, else `VAINO_SERVER`, else where the configuration here says that `vaino up` listens. */
export async function serverOf(flags: SharedFlags): Promise<Server> {
  const named = flags.server ?? process.env.VAINO_SERVER
  const url = named === undefined ? await configuredUrl(flags) : checkedUrl(named)
  const token = process.env.VAINO_TOKEN ?? (await tokenInFile())
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  let asOf: string | null = null
  const server: Server = {
    url,
    get asOf() {
      return asOf
    },
    async request(path, { query = {}, method = 'GET', headers = {}, body, signal } = {}) {
      const target = new URL(`${url}${path}`)
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) target.searchParams.append(name, String(value))
      }
      const response = await fetch(target, {
        method,
        headers: { ...authorization, ...headers },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
        // A stream may be silent for longer than the runtime's own limit; who reads one watches its heartbeat.
        timeout: false,
      } as RequestInit).catch((error: unknown) => {
        if (signal?.aborted) throw error
        throw new VainoError('not_ready', `No vaino answers at ${url}: ${reasonOf(error)}`, {
          cause: error,
          hint: 'Start one with `vaino up`, or name another with --server URL.',
        })
      })
      asOf = response.headers.get('vaino-as-of')
      if (response.ok) return response
      throw await problemOf(response, url)
    },
    async json<T>(path: string, request?: Request) {
      const text = await (await server.request(path, request)).text()
      try {
        return parseJson(text) as T
      } catch (error) {
        throw new VainoError('bad_request', `${url} answered with something that is no JSON`, {
          hint: 'Check that --server names a running vaino.',
          cause: error,
        })
      }
    },
  }
  return server
}

/** The token in the file that `VAINO_TOKEN_FILE` names. */
async function tokenInFile(): Promise<string | undefined> {
  const file = process.env.VAINO_TOKEN_FILE
  if (file === undefined) return undefined
  const { readSecretFile } = await import('../pipeline/config/secret-file.ts')
  return readSecretFile('VAINO_TOKEN_FILE', file, process.cwd())
}

/** The runtime's own sentence for the most frequent reason says nothing. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && /ECONNREFUSED|ConnectionRefused/.test(String(error.code))
    ? 'nothing listens there'
    : messageOf(error)

async function configuredUrl(flags: SharedFlags): Promise<string> {
  const isPlain = !flags.config && !flags.listen && !process.env.VAINO_CONFIG && !process.env.VAINO_LISTEN
  if (isPlain && !existsSync('vaino.yaml') && !existsSync('vaino.yml')) return 'http://127.0.0.1:8420'
  const { config } = await readConfig(flags)
  return `${config.tls === undefined ? 'http' : 'https'}://${config.listen.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:')}`
}

function checkedUrl(text: string): string {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new VainoError('bad_config', `"${text}" is no server`, {
      hint: 'Expected a URL such as http://127.0.0.1:8420.',
    })
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** The server's own words as an error, or what can be said of an answer that isn't vaino's. */
async function problemOf(response: Response, url: string): Promise<VainoError> {
  const body = await response.text()
  const problem = parseProblem(body)
  if (problem === null) {
    return new VainoError(fallbackCode(response.status), `${url} answered ${response.status}, not as vaino answers`, {
      hint: 'Check that --server names a running vaino.',
    })
  }
  const { code, detail, hint, type, title, status, ...details } = problem
  const known = errorCodes.find((each) => each === code) ?? fallbackCode(response.status)
  const wait = Number(response.headers.get('retry-after'))
  return new VainoError(known, String(detail ?? title ?? `status ${status} ${type}`), {
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(wait > 0 ? { retryAfterSeconds: wait } : {}),
    details,
  })
}

function parseProblem(body: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null && 'detail' in parsed ? { ...parsed } : null
  } catch {
    // A proxy's page, say; the caller says so.
    return null
  }
}

const fallbackCode = (status: number): ErrorCode =>
  status === 429 ? 'busy' : status >= 500 ? 'not_ready' : status === 404 ? 'not_found' : 'bad_request'

/** A key in a path: one segment. */
export const keySegment = (key: string): string => encodeURIComponent(key)
