import type { IncomingMessage, ServerResponse } from 'node:http'
import { isObject, type JsonObject } from '../../model/json.ts'
import type { Json } from '../../model/resource.ts'
import type { Api, Method } from './discovery.ts'
import type { Store } from './store.ts'

/** One call as the stand-in sees it. */
export interface Called {
  readonly api: string
  /** `compute.instances.aggregatedList`; empty where no API has such a path. */
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** Answers a call in the place of the stand-in; false: the stand-in answers itself. */
export type Interference = (call: Called, answer: ServerResponse) => boolean

export interface Settings {
  /** Items of a page at most, whatever is asked for. */
  readonly pageItems?: number
  readonly interfere?: Interference
  /** Before each answer, milliseconds. */
  readonly latencyMs?: number
  /** Places that don't answer, `zones/europe-west1-b`. */
  readonly unreachable?: readonly string[]
  readonly disabledApis?: readonly string[]
  readonly projects?: Readonly<
    Record<string, { readonly number: string; readonly state: string; readonly parent?: string }>
  >
  /** What happens with each change. */
  readonly onChange?: (change: { readonly api: string; readonly method: string; readonly path: string }) => void
}

export interface Question {
  readonly api: Api
  readonly method: Method
  /** Below the API's host. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: JsonObject
}

export interface Answer {
  readonly status: number
  readonly body: Json
}

export interface World {
  readonly store: Store
  readonly settings: Settings
}

export const ok = (body: Json): Answer => ({ status: 200, body })
export const failed = (code: number, reason: string, message: string, details: JsonObject[] = []): Answer => ({
  status: code,
  body: {
    error: {
      code,
      message,
      errors: [{ domain: 'global', reason, message }],
      ...(details.length === 0 ? {} : { details }),
    },
  },
})

/** What is below the API's version. */
export const below = ({ path, method }: Question): string => path.slice(method.prefix.length)

export const objectAt = (value: Json | undefined): JsonObject => (value !== undefined && isObject(value) ? value : {})
