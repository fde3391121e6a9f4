/** What the server refused, by its problem document. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  /** What to do. */
  readonly hint: string | null

  constructor(status: number, code: string, message: string, hint: string | null) {
    super(message)
    this.status = status
    this.code = code
    this.hint = hint
  }
}

/** Nobody answered, or somebody else did: a proxy, a login page. */
export class Unreachable extends Error {
  /** The address. */
  readonly tried: string
  /** What to do. */
  readonly advice: string

  /** @param happened a sentence */
  constructor(tried: string, happened: string, advice: string) {
    super(happened)
    this.tried = tried
    this.advice = advice
  }
}

/** The address that the pages and the API are below, whatever path prefix a proxy gives them, without a slash at its end. A worker's script lies one folder deeper. */
export const base = new URL(typeof document === 'undefined' ? '..' : '.', location.href).href.replace(/\/$/, '')

const addressOf = (path: string): string => `${base}/${path}`
const toVaino = `Check that the proxy in front of vaino passes everything below ${base}/ on to it, and that public_url in vaino.yaml is ${base}.`
const runs = `Check that vaino runs: curl '${base}/healthz'. If a proxy stands in front of it, check that it runs too.`
const unbuffered = 'A proxy in front of vaino keeps the stream back: turn its buffering off for this path.'

export const streamWentSilent = (path: string, afterMs: number): Unreachable =>
  new Unreachable(addressOf(path), `Nothing came for ${afterMs / 1000} s.`, unbuffered)

/** A page of HTML, a redirect to a login, a refusal of the proxy. */
function notVaino(path: string, answer: Response): Unreachable {
  const place = answer.redirected ? ` It led to ${new URL(answer.url).origin}.` : ''
  const happened = `It answered ${answer.status}${answer.statusText ? ` ${answer.statusText}` : ''}, and not as vaino does.${place}`
  return new Unreachable(addressOf(path), happened, toVaino)
}

export interface Asking {
  /** Null: none is known. */
  readonly token: string | null
  /** What a good answer consists of. */
  readonly type: 'application/json' | 'text/event-stream'
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

const textOr = <T>(value: unknown, otherwise: T): string | T => (typeof value === 'string' ? value : otherwise)

/** @param path below {@link base}, without a slash at its start @throws Refusal, Unreachable; the signal's reason where that was aborted */
export async function ask(
  path: string,
  { token, type, method = 'GET', headers = {}, body, signal }: Asking,
): Promise<Response> {
  const answer = await fetch(addressOf(path), {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), accept: type, ...headers },
    body: body ?? null,
    signal: signal ?? null,
  }).catch(() => {
    signal?.throwIfAborted()
    throw new Unreachable(addressOf(path), 'No answer came.', runs)
  })
  const given = answer.headers.get('content-type') ?? ''
  if (answer.ok && given.startsWith(type)) return answer
  if (answer.ok || !given.startsWith('application/problem+json')) throw notVaino(path, answer)
  // A problem that is cut off still has its status.
  const problem: Readonly<Record<string, unknown>> = await answer.json().catch(() => ({}))
  throw new Refusal(
    answer.status,
    textOr(problem.code, ''),
    textOr(problem.detail, answer.statusText),
    textOr(problem.hint, null),
  )
}
