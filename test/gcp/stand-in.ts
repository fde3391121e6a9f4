import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isObject, type JsonObject, parseJson } from '../../model/json.ts'
import { answerOf } from './answers.ts'
import { discovery } from './discovery.ts'
import type { Called, Settings } from './question.ts'
import { Store } from './store.ts'

export const project = 'acme-shop'

export interface StandIn extends AsyncDisposable {
  readonly url: string
  readonly store: Store
  readonly calls: Called[]
  settings: Settings
  /** What a program needs to speak to it instead of Google. */
  readonly environment: Readonly<Record<string, string>>
}

/**
 * A stand-in for Google Cloud: paths, parameters, and the form of what is sent and answered come from Google's own discovery documents; what
 * is made is kept in memory. Each API answers below `/NAME/`. It knows no rights, and nothing of what Google's services do by themselves
 * beyond a few members: that it takes a call and answers proves the form of the call, not that Google would.
 */
export async function startStandIn(settings: Settings = {}): Promise<StandIn> {
  const calls: Called[] = []
  const standIn = { url: '', store: new Store(), calls, settings, environment: {} }
  const serve = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname.startsWith('/computeMetadata/')) return metadataServer(url.pathname, answer)
    const [, api = '', ...rest] = url.pathname.split('/')
    const path = rest.map(decodeURIComponent).join('/')
    const version = /(?:^|\/)(v\d[a-z0-9]*|beta|alpha)\//.exec(path)?.[1] ?? 'v1'
    const known = discovery.api(api, version)
    const verb = request.headers['x-http-method-override'] ?? request.method
    const method = known?.methods.find(({ httpMethod, pattern }) => httpMethod === verb && pattern.test(path))
    const called = { api, path, method: method?.id ?? '', query: url.searchParams, headers: request.headers }
    calls.push(called)
    if (standIn.settings.interfere?.(called, answer)) return
    const body = await bodyOf(request)
    const { latencyMs = 0 } = standIn.settings
    if (latencyMs > 0) await wait(latencyMs)
    if (known === null || known === undefined || method === undefined) {
      refuse(answer, 404, 'notFound', `${api} has no ${verb} ${path}`)
      return
    }
    const { status, body: said } = answerOf({ api: known, method, path, query: url.searchParams, body }, standIn)
    answer.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(said))
  }
  const server = createServer((request, answer) => {
    serve(request, answer).catch((error: unknown) => refuse(answer, 500, 'internalError', String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${port}`,
    environment: { GCE_METADATA_HOST: `127.0.0.1:${port}`, METADATA_SERVER_DETECTION: 'assume-present' },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

/** An error as Google's APIs have it: the older ones name the reason in `errors`, the newer ones in `details`. */
export function refuse(
  answer: ServerResponse,
  code: number,
  reason: string,
  message: string,
  { headers = {}, details = [] }: { headers?: Record<string, string>; details?: readonly object[] } = {},
): true {
  answer.writeHead(code, { 'content-type': 'application/json; charset=UTF-8', ...headers })
  const errors = [{ domain: 'global', reason, message }]
  answer.end(JSON.stringify({ error: { code, message, errors, ...(details.length === 0 ? {} : { details }) } }))
  return true
}

/** The machine's own server, which gives tokens. */
function metadataServer(path: string, answer: ServerResponse): void {
  const headers = { 'metadata-flavor': 'Google', 'content-type': 'application/json' }
  if (path.endsWith('/token')) {
    answer
      .writeHead(200, headers)
      .end(JSON.stringify({ access_token: 'stand-in', expires_in: 3600, token_type: 'Bearer' }))
  } else if (path.endsWith('/project-id')) answer.writeHead(200, headers).end(project)
  else answer.writeHead(200, headers).end('{}')
}

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const text = Buffer.concat(parts).toString()
  if (text === '') return {}
  const body = parseJson(text)
  return isObject(body) ? body : {}
}
