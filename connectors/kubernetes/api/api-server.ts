import type { IncomingMessage } from 'node:http'
import { VainoError } from '../../../model/errors.ts'
import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import type { Budget } from '../../connector.ts'
import type { ClusterAccess } from '../access/access.ts'
import { AnswerTooLong, ApiError, hintOf, hintOfCode, SilentWatch } from './api-error.ts'
import { Connection } from './connection.ts'
import { Silence } from './silence.ts'

export interface ApiLimits {
  /** For an answer to begin, and for each part of it to come. */
  readonly timeoutMs: number
  readonly budget: Budget
  readonly redactText: (text: string) => string
}

export interface ApiAnswer {
  readonly body: JsonObject
  /** Null where the server sends none. */
  readonly etag: string | null
}

/** Bytes of a refusal that are read: its Status says the reason in the beginning. */
const maxRefusalBytes = 64 * 1024
/** Bytes of one event of a watch: etcd's limit of an object is 1.5 MB, and an aggregated server may have its own. */
const maxEventBytes = 32 * 1024 * 1024
/** Bytes of the answer to a review: a user with hundreds of roles. */
const maxReviewBytes = 8 * 1024 * 1024
const longestRetryAfterSeconds = 3600

/** What a client may ask of itself by a POST that stores nothing: who it is, and what it may do. */
export type Review = 'SelfSubjectReview' | 'SelfSubjectRulesReview' | 'SelfSubjectAccessReview'
const reviewVersions: Readonly<Record<Review, string>> = {
  SelfSubjectReview: 'authentication.k8s.io/v1',
  SelfSubjectRulesReview: 'authorization.k8s.io/v1',
  SelfSubjectAccessReview: 'authorization.k8s.io/v1',
}

/** Reads from the API server of one cluster: every call is a GET, but for the reviews of the client itself. */
export class ApiServer implements Disposable {
  readonly #name: string
  readonly #limits: ApiLimits
  readonly #connection: Connection

  /** @param name how messages call it */
  constructor(name: string, access: ClusterAccess, limits: ApiLimits) {
    this.#name = name
    this.#limits = limits
    this.#connection = new Connection(access)
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
  }

  /**
   * Reads one document; null where it is still the one of the etag.
   * @throws ApiError for a refusal, AnswerTooLong above `maxBytes`, VainoError `source_failed` for a connection that fails
   */
  async get(
    path: string,
    options: { readonly accept?: string; readonly etag?: string | null; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<ApiAnswer | null> {
    await this.#limits.budget.take(signal)
    const headers = {
      accept: options.accept ?? 'application/json',
      ...(options.etag ? { 'if-none-match': options.etag } : {}),
    }
    return this.#exchange(path, headers, signal, async (answer, silence) => {
      const text = await this.#text(answer, options.maxBytes, silence, path)
      if (answer.statusCode === 304) return null
      const { etag } = answer.headers
      return { body: this.#object(text, path), etag: typeof etag === 'string' ? etag : null }
    })
  }

  /** Asks a review of the client itself. @returns the review's `status` @throws as {@link get} does */
  async review(kind: Review, spec: JsonObject, signal: AbortSignal): Promise<Json> {
    await this.#limits.budget.take(signal)
    const apiVersion = reviewVersions[kind]
    const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    const asked = JSON.stringify({ apiVersion, kind, spec })
    return this.#exchange(
      path,
      headers,
      signal,
      async (answer, silence) => {
        const text = await this.#text(answer, maxReviewBytes, silence, path)
        return this.#object(text, path).status ?? null
      },
      asked,
    )
  }

  /**
   * Reads the events of a watch until the server ends it. Memory: one event, and what the connection holds.
   * @param silenceMs an event, or a bookmark, comes at least this often
   * @throws SilentWatch where none came for so long; others as {@link get} does
   */
  async *watch(path: string, silenceMs: number, signal: AbortSignal): AsyncGenerator<JsonObject, void, void> {
    await this.#limits.budget.take(signal)
    const silence = new Silence(this.#limits.timeoutMs, signal)
    let isOpen = false
    try {
      const answer = await this.#head(path, { accept: 'application/json' }, silence)
      isOpen = true
      silence.limit(silenceMs)
      let rest: Buffer[] = []
      let restBytes = 0
      for await (const part of silence.parts(answer)) {
        let start = 0
        for (let end = part.indexOf(10); end >= 0; end = part.indexOf(10, start)) {
          const line = Buffer.concat([...rest, part.subarray(start, end)]).toString('utf8')
          rest = []
          restBytes = 0
          start = end + 1
          if (line.trim() !== '') yield this.#object(line, path)
        }
        rest.push(part.subarray(start))
        restBytes += part.length - start
        if (restBytes > maxEventBytes)
          throw new AnswerTooLong(`${this.#name} sends an event of more than ${maxEventBytes} bytes`)
      }
    } catch (error) {
      if (silence.hasPassed && isOpen && !signal.aborted)
        throw new SilentWatch(`the watch of ${placeOf(path)} has sent nothing for ${silenceMs / 1000} s`)
      throw this.#errorOf(error, path, silence, signal)
    } finally {
      silence.end()
    }
  }

  async #exchange<T>(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    read: (answer: IncomingMessage, silence: Silence) => Promise<T>,
    body: string | null = null,
  ): Promise<T> {
    const silence = new Silence(this.#limits.timeoutMs, signal)
    try {
      return await read(await this.#head(path, headers, silence, body), silence)
    } catch (error) {
      throw this.#errorOf(error, path, silence, signal)
    } finally {
      silence.end()
    }
  }

  async #head(
    path: string,
    headers: Readonly<Record<string, string>>,
    silence: Silence,
    body: string | null = null,
  ): Promise<IncomingMessage> {
    const answer = await silence.within(() => this.#connection.open(path, headers, silence.signal, body))
    const { statusCode: status = 0 } = answer
    // A review is answered as if it were created.
    if (status === 200 || status === 304 || (status === 201 && body !== null)) return answer
    if (status === 401) this.#connection.refused()
    const text = await this.#text(answer, maxRefusalBytes, silence, path).catch(() => '')
    const retryAfterSeconds = retryAfterOf(answer)
    if (status === 429) this.#limits.budget.throttled(retryAfterSeconds === null ? undefined : retryAfterSeconds * 1000)
    throw new ApiError(status, `${this.#name} answers ${status} to ${placeOf(path)}${this.#reasonOf(text)}`, {
      hint: hintOf(status),
      ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    })
  }

  async #text(answer: IncomingMessage, maxBytes: number, silence: Silence, path: string): Promise<string> {
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of silence.parts(answer)) {
      bytes += part.length
      if (bytes > maxBytes)
        throw new AnswerTooLong(`${this.#name} answers ${placeOf(path)} with more than ${maxBytes} bytes`)
      parts.push(part)
    }
    return Buffer.concat(parts).toString('utf8')
  }

  #object(text: string, path: string): JsonObject {
    let json: Json = null
    try {
      json = parseJson(text)
    } catch {
      // Said below, with everything else that is no object.
    }
    if (isObject(json)) return json
    throw new VainoError('source_failed', `${this.#name} answers ${placeOf(path)} with no JSON object`, {
      hint: 'Look whether the address leads to an API server, and not to a page of a proxy before it.',
    })
  }

  /** What the server says of its refusal, in its own words. */
  #reasonOf(text: string): string {
    try {
      const status = parseJson(text)
      if (isObject(status) && typeof status.message === 'string')
        return `: ${this.#limits.redactText(status.message.slice(0, 500))}`
    } catch {
      // A page of something before the server; its text says nothing of the API.
    }
    return ''
  }

  #errorOf(error: unknown, path: string, silence: Silence, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason
    if (silence.hasPassed) {
      return new VainoError(
        'source_failed',
        `${this.#name} sent nothing for ${silence.ms / 1000} s to ${placeOf(path)}`,
        {
          hint: 'It is tried again.',
        },
      )
    }
    if (error instanceof VainoError) return error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'the connection failed'
    return new VainoError('source_failed', `${this.#name} cannot be reached (${code})`, { hint: hintOfCode(code) })
  }
}

/** A path without its query, which holds continuation tokens. */
const placeOf = (path: string): string => path.split('?', 1)[0] ?? path

function retryAfterOf({ headers }: IncomingMessage): number | null {
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return seconds >= 0 ? Math.min(seconds, longestRetryAfterSeconds) : null
}
