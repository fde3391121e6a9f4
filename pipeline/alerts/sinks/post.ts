import { messageOf } from '../../../model/errors.ts'
import { SinkFailure } from './sink.ts'

/** Milliseconds for a receiver to answer; one that takes longer is tried again. */
const timeoutMs = 15_000
/** Bytes of an answer that are read: it is shown to a person. */
const maxAnswerBytes = 1_024
/** The receiver says that this body is wrong, and would say so of it again. */
const finalStatuses = new Set([400, 410, 413, 415, 422])
const maxRetryAfterMs = 3_600_000

export interface Posting {
  readonly url: string
  readonly body: string
  readonly headers?: { readonly [name: string]: string }
  readonly signal: AbortSignal
}

/**
 * Posts JSON. A redirect is not followed: the body would go to somebody whom the configuration doesn't name.
 * @returns the status and the beginning of the answer
 * @throws SinkFailure
 */
export async function post({ url, body, headers = {}, signal }: Posting): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  let answer: Response
  let said: string
  try {
    answer = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'vaino', ...headers },
      redirect: 'manual',
      signal: limit,
    })
    said = await beginningOf(answer)
  } catch (error) {
    const isLate = limit.aborted && !signal.aborted
    throw new SinkFailure(isLate ? `no answer within ${timeoutMs / 1000} s` : messageOf(error), { cause: error })
  }
  const told = `${answer.status}${said === '' ? '' : `: ${said}`}`
  if (answer.ok) return told
  if (answer.status >= 300 && answer.status < 400)
    throw new SinkFailure(`${answer.status}: it redirects, which is not followed; name the address that it leads to`)
  throw new SinkFailure(told, {
    isFinal: finalStatuses.has(answer.status),
    retryAfterMs: retryAfterMs(answer.headers.get('retry-after'), Date.now()),
  })
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  for (let bytes = 0; bytes < maxAnswerBytes; ) {
    const { value, done } = await reader.read()
    if (done) break
    chunks.push(value)
    bytes += value.length
  }
  await reader.cancel()
  const text = Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString('utf8')
  return text.replace(/\s+/g, ' ').trim().slice(0, 200)
}

/** RFC 9110: seconds, or a date. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), maxRetryAfterMs) : null
}
