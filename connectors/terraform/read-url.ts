import { VainoError } from '../../model/errors.ts'

/** Where a state is fetched from: the address without its credentials, and they apart from it, never to be shown. */
export interface Endpoint {
  readonly url: URL
  readonly authorization: string | null
}

const maxRedirects = 5

export interface UrlLimits {
  /** For the answer to begin, and for each part of it to come. */
  readonly timeoutMs: number
  /** An answer longer than this is cut off: an endless one would never end the scan. */
  readonly maxBytes: number
}

/**
 * Fetches a state as Terraform's HTTP backend serves it: `GET`, and the body is the state.
 * @throws VainoError `source_failed`; messages are predicates and name no address: "answers 503"
 */
export const readUrl = (
  endpoint: Endpoint,
  limits: UrlLimits,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> => {
  const refused = (response: Response) => refusal(response.status, retryAfterOf(response))
  return readAnswer((ended) => request(endpoint, ended), refused, limits, signal)
}

/**
 * Makes a request and reads its answer, each wait with a limit.
 * @param refused why an answer other than 200 is none; its body may be read
 * @throws VainoError `source_failed`; messages are predicates and name no address
 */
export async function* readAnswer(
  ask: (signal: AbortSignal) => Promise<Response>,
  refused: (response: Response) => VainoError | Promise<VainoError>,
  { timeoutMs, maxBytes }: UrlLimits,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const deadline = new Deadline(timeoutMs, signal)
  try {
    const response = await deadline.within(() => ask(deadline.signal))
    if (response.status !== 200) {
      const error = await deadline.within(async () => refused(response))
      await response.body?.cancel().catch(() => undefined)
      throw error
    }
    const reader = response.body?.getReader()
    let received = 0
    while (reader) {
      const { done, value } = await deadline.within(() => reader.read())
      if (done) break
      received += value.length
      if (received > maxBytes) throw tooLong(maxBytes)
      if (value.length > 0) yield value
    }
    if (received === 0) throw new VainoError('source_failed', 'answers with nothing', { hint: noStateHint })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw error instanceof VainoError ? error : deadline.errorFor(error)
  } finally {
    deadline.end()
  }
}

/** The headers of an answer without a body. @see readAnswer */
export async function readHead(
  ask: (signal: AbortSignal) => Promise<Response>,
  refused: (response: Response) => VainoError | Promise<VainoError>,
  { timeoutMs }: Pick<UrlLimits, 'timeoutMs'>,
  signal: AbortSignal,
): Promise<Headers> {
  const deadline = new Deadline(timeoutMs, signal)
  try {
    const response = await deadline.within(() => ask(deadline.signal))
    if (response.status !== 200) throw await refused(response)
    return response.headers
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw error instanceof VainoError ? error : deadline.errorFor(error)
  } finally {
    deadline.end()
  }
}

/** Limits each wait for the server, not the time that the consumer takes in between. */
class Deadline {
  readonly #timeoutMs: number
  readonly #outer: AbortSignal
  readonly #controller = new AbortController()
  #hasPassed = false

  constructor(timeoutMs: number, outer: AbortSignal) {
    this.#timeoutMs = timeoutMs
    this.#outer = outer
    if (outer.aborted) this.#abort()
    else outer.addEventListener('abort', this.#abort)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  async within<T>(wait: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.#hasPassed = true
      this.#abort()
    }, this.#timeoutMs)
    try {
      return await wait()
    } finally {
      clearTimeout(timer)
    }
  }

  errorFor(error: unknown): VainoError {
    if (this.#hasPassed) {
      return new VainoError('source_failed', `sent nothing for ${this.#timeoutMs / 1000} s`, { hint: retryHint })
    }
    // The code alone: the engine's message may hold the address, and that a token in its query.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'the connection failed'
    return new VainoError('source_failed', `cannot be fetched (${code})`, { hint: retryHint })
  }

  /** Ends the request too, where it was left early. */
  end(): void {
    this.#outer.removeEventListener('abort', this.#abort)
    this.#abort()
  }

  readonly #abort = (): void => this.#controller.abort()
}

async function request(endpoint: Endpoint, signal: AbortSignal): Promise<Response> {
  let url = endpoint.url
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const isHome = url.origin === endpoint.url.origin
    const response = await fetch(url, {
      headers: {
        accept: 'application/json',
        ...(isHome && endpoint.authorization !== null ? { authorization: endpoint.authorization } : {}),
      },
      redirect: 'manual',
      signal,
      // Bun's own limit would cut a state that is read slowly after minutes; ours watches each wait.
      timeout: false,
    })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null) return response
    await response.body?.cancel()
    url = new URL(location, url)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new VainoError('source_failed', `redirects to ${url.protocol}, which is not fetched`)
    }
  }
  throw new VainoError('source_failed', `redirects more than ${maxRedirects} times`, {
    hint: 'Give the final address.',
  })
}

const tooLong = (maxBytes: number): VainoError =>
  new VainoError('source_failed', `answers with more than ${maxBytes} bytes`, {
    hint: "Give the address of a state, or raise the source's max_bytes.",
  })

const retryHint = 'It is tried again.'
const noStateHint =
  'A backend answers so before the first apply, or at a wrong address; its resources are kept as they were.'

/** Seconds that the server asks to be left alone; a date counts from now. */
export function retryAfterOf(response: Response): number | null {
  const given = response.headers.get('retry-after')
  if (given === null) return null
  const seconds = /^\d+$/.test(given) ? Number(given) : (Date.parse(given) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds), longestRetryAfterSeconds) : null
}

/** A server that asks for more is asked again sooner. */
const longestRetryAfterSeconds = 3600

function refusal(status: number, retryAfterSeconds: number | null): VainoError {
  switch (status) {
    case 204:
    case 404:
    case 410:
      return new VainoError('source_failed', `answers ${status}: there is no state`, { hint: noStateHint })
    case 401:
    case 403:
      return new VainoError('source_failed', `answers ${status}: access is refused`, {
        hint: 'Give a user and a password (or token) in the address: https://USER:PASSWORD@HOST/PATH.',
      })
    default:
      return new VainoError('source_failed', `answers ${status}`, {
        hint: retryHint,
        ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
      })
  }
}
