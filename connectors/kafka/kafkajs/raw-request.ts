import { BrokerUnreachable } from '../broker/errors.ts'
import type { BrokerRequest, Throttled } from '../broker/request.ts'
import { ByteReader } from '../wire/byte-reader.ts'

/** One of kafkajs' connections. It adds headers, numbers requests, logs in and honours quotas. */
interface Connection {
  readonly socket: { destroy(): void } | null
  readonly requestQueue: { readonly throttledUntil: number }
  /** Set while a login waits for an answer. */
  readonly authHandlers: { onError(): void } | null
  send<T>(exchange: {
    readonly request: {
      readonly apiKey: number
      readonly apiVersion: number
      readonly apiName: string
      encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
    }
    readonly response: { decode(bytes: Buffer): Promise<Decoded<T>>; parse(decoded: Decoded<T>): Promise<T> }
    readonly requestTimeout: number
    readonly logResponseError: boolean
  }): Promise<T>
  rejectRequests(error: Error): void
  disconnect(): Promise<unknown>
}

/** kafkajs reads the throttle time from what was decoded. */
interface Decoded<T> {
  readonly clientSideThrottleTime: number
  readonly answer: T
}

/** Two connections to a broker: fetches have one of their own, because their answers wait for data. */
interface Pool {
  getConnectionByRequest(exchange: { readonly request: { readonly apiKey: number } }): Promise<Connection>
}

const hasPool = (broker: object): broker is { readonly connectionPool: Pool } =>
  'connectionPool' in broker &&
  broker.connectionPool instanceof Object &&
  'getConnectionByRequest' in broker.connectionPool

/** Sends a request that this connector encodes. @param broker kafkajs' own */
export async function sendRaw<T extends Throttled>(broker: object, request: BrokerRequest<T>): Promise<T> {
  if (!hasPool(broker)) throw new Error('this version of kafkajs keeps its connections elsewhere')
  const { api, timeoutMs } = request
  const isFlexible = api.isFlexible === true
  const body = isFlexible ? Buffer.concat([noTags, request.body]) : request.body
  const connection = await broker.connectionPool.getConnectionByRequest({ request: { apiKey: api.key } })
  const deadline = limit(connection, timeoutMs, api.name)
  try {
    return await connection.send<T>({
      request: {
        apiKey: api.key,
        apiVersion: api.version,
        apiName: api.name,
        encode: async () => ({ buf: body, buffer: body }),
      },
      response: {
        decode: async (bytes) => {
          const answer = request.decode(isFlexible ? afterTags(bytes) : bytes)
          return { clientSideThrottleTime: answer.throttleMs, answer }
        },
        parse: async ({ answer }) => answer,
      },
      // The deadline comes first: kafkajs would fail the request and keep a connection that gives no answers.
      requestTimeout: timeoutMs * 2,
      logResponseError: false,
    })
  } finally {
    deadline[Symbol.dispose]()
  }
}

/** kafkajs knows no tagged fields, so those that end a flexible version's header stand before its body. */
const noTags = Buffer.from([0])

function afterTags(bytes: Buffer): Buffer {
  const reader = new ByteReader(bytes)
  reader.tags()
  return reader.rest()
}

/** Closes a connection that gives no answer in time; what is pending on it fails. */
function limit(connection: Connection, timeoutMs: number, name: string): Disposable {
  let timer: ReturnType<typeof setTimeout>
  const wait = (ms: number): void => {
    timer = setTimeout(() => {
      const throttledMs = connection.requestQueue.throttledUntil - Date.now()
      if (throttledMs > 0) wait(throttledMs + timeoutMs)
      else closeSilent(connection, `no answer to ${name} within ${timeoutMs} ms`)
    }, ms)
  }
  wait(timeoutMs)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

function closeSilent(connection: Connection, reason: string): void {
  connection.rejectRequests(new BrokerUnreachable(reason))
  connection.authHandlers?.onError()
  // It resolves at once, since nothing is pending, and can't reject.
  void connection.disconnect()
  // A socket that is only ended stays open until the broker answers.
  connection.socket?.destroy()
}
