import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { messageOf, VainoError } from '../../../model/errors.ts'
import { parseJson } from '../../../model/json.ts'

/** Bytes of one batch: the server sends 400 events at most. */
const maxBatchBytes = 32 * 1024 * 1024
/** Batches that are read at once; the server repeats others. */
const maxBatches = 4
const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

export interface Listening {
  readonly host: string
  readonly port: number
  /** What the server must send, as a bearer token or as the path; null: nothing. */
  readonly token: string | null
}

/** @throws VainoError `bad_config` where it is no address, or one that others reach without a token */
export function listeningOf(address: string, token: string | undefined): Listening {
  const url = URL.parse(`http://${address}`)
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? ''
  if (url === null || url.port === '' || url.pathname !== '/')
    throw new VainoError('bad_config', `audit.listen: "${address}" is no HOST:PORT`, {
      hint: 'Such as 127.0.0.1:8421.',
    })
  if (!loopback.has(host) && token === undefined) {
    throw new VainoError('bad_config', `audit.listen: ${address} can be reached by others, and has no token`, {
      hint: 'Set audit.token, and the same in --audit-webhook-config-file: as the token of the user, or as the path of the server.',
    })
  }
  return { host, port: Number(url.port), token: token ?? null }
}

/**
 * Receives what an API server sends by its audit webhook, until the signal.
 * @param take the events of one batch; what it rejects with is answered 503, and the server repeats the batch
 * @throws VainoError `source_failed` where nothing can listen at the address
 */
export async function receiveEvents(
  { host, port, token }: Listening,
  take: (events: readonly unknown[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let open = 0
  const server = createServer({ requestTimeout: 30_000 }, (request, answer) => {
    const reply = (status: number) => void answer.writeHead(status).end()
    if (request.method !== 'POST') return reply(405)
    if (!isAllowed(request, token)) return reply(401)
    if (open >= maxBatches) return reply(429)
    open++
    bodyOf(request)
      .then((body) => {
        const events = body === null ? null : eventsIn(body)
        if (events === null) return reply(body === null ? 413 : 400)
        take(events)
        reply(200)
      })
      .catch(() => reply(503))
      .finally(() => open--)
  })
  try {
    server.listen(port, host)
    await once(server, 'listening', { signal })
    await once(server, 'close', { signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw new VainoError('source_failed', `nothing can listen at ${host}:${port}: ${messageOf(cause)}`, {
      hint: 'Choose another address for audit.listen.',
      cause,
    })
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** The API server sends a bearer token over TLS alone, which a proxy in front ends; without it the token is the path. */
function isAllowed({ headers, url = '' }: IncomingMessage, token: string | null): boolean {
  if (token === null) return true
  const path = URL.parse(url, 'http://vaino')?.pathname ?? ''
  return isSame(headers.authorization ?? '', `Bearer ${token}`) || isSame(path, `/${token}`)
}

function isSame(said: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(said), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}

/** Null: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBatchBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

/** Null: it is no list of events. */
function eventsIn(body: string): readonly unknown[] | null {
  try {
    const { items } = parseJson(body) as { items?: unknown }
    return Array.isArray(items) ? items : null
  } catch {
    return null
  }
}
