import type { JsonObject } from '../../../model/json.ts'
import { makeCall } from '../../calls/make-call.ts'
import type { Permits } from '../../calls/permits.ts'
import type { Budget, BudgetLimits } from '../../connector.ts'
import type { Idle } from '../../source.ts'
import { failureOf } from '../calls/failure.ts'
import { getJson } from '../calls/get-json.ts'
import { type Api, type ApiName, apis, usualRate } from '../table/apis.ts'
import type { Credentials } from './credentials.ts'
import { endpointOf } from './endpoints.ts'

export interface SessionHost {
  /** Calls of the whole source at once. */
  readonly permits: Permits
  readonly deadlineMs: number
  budget(name: string, limits: BudgetLimits): Budget
}

/** One request. */
export interface Request {
  readonly api: ApiName
  /** Below the API's base, as its discovery document has it, with each part percent-encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  /** The permission that it needs. */
  readonly permission: string
  /** A `POST` with this body: for the few questions that Google wants to be asked so. */
  readonly body?: JsonObject
}

/** Google Cloud as one caller sees it: credentials, endpoints, and the calls. */
export class Session {
  readonly #credentials: Credentials
  readonly #template: string | null
  readonly #host: SessionHost
  readonly #env: Readonly<Record<string, string | undefined>>

  /** @param template as of {@link endpointOf} */
  constructor(
    credentials: Credentials,
    template: string | null,
    host: SessionHost,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#credentials = credentials
    this.#template = template
    this.#host = host
    this.#env = env
  }

  ownProject(): Promise<string | null> {
    return this.#credentials.project()
  }

  /** Where an API answers, with a slash at its end. */
  endpoint(api: ApiName): string {
    return endpointOf(api, this.#env, this.#template)
  }

  /**
   * One call, repeated where that may help.
   * @param project whose quota it is
   * @param idle the scan's whose call it is
   * @throws CallFailure, VainoError where there are no credentials, and the signal's reason
   */
  call(project: string, request: Request, signal: AbortSignal, idle?: Idle): Promise<JsonObject> {
    const { api, path, query = {}, permission, body } = request
    const { rate = usualRate }: Api = apis[api]
    const url = `${this.endpoint(api)}${path}${searchOf(query)}`
    return makeCall(
      {
        action: permission,
        budget: this.#host.budget(`gcp ${project} ${api}`, { api: `gcp ${api}`, ...rate }),
        permits: this.#host.permits,
        idle,
        deadlineMs: this.#host.deadlineMs,
        failureOf,
        send: async (stop) => {
          // The library takes no signal: who waits for a token may go away, and the token is for all.
          const headers = { ...(await this.#credentials.headers()), 'user-agent': 'vaino (gzip)' }
          return getJson(permission, url, requestOf(headers, body, stop))
        },
        renew: async () => {
          this.#credentials.drop()
          return true
        },
      },
      signal,
    )
  }
}

const requestOf = (
  headers: Readonly<Record<string, string>>,
  body: JsonObject | undefined,
  signal: AbortSignal,
): RequestInit =>
  body === undefined
    ? { headers, signal }
    : {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal,
      }

function searchOf(query: NonNullable<Request['query']>): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : value.map((one): [string, string] => [name, one]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}
