/** A connection of kafkajs, as far as it is used here: it frames, numbers, authenticates, throttles and times out. */
interface Connections {
  send<T>(exchange: {
    readonly request: {
      readonly apiKey: number
      readonly apiVersion: number
      readonly apiName: string
      encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
    }
    readonly response: { decode(bytes: Buffer): Promise<T>; parse(answer: T): Promise<T> }
    readonly requestTimeout: number
    readonly logResponseError: boolean
  }): Promise<T>
}

const hasConnections = (broker: object): broker is { readonly connectionPool: Connections } =>
  'connectionPool' in broker && broker.connectionPool instanceof Object && 'send' in broker.connectionPool

export interface RawRequest<T> {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  readonly bytes: Buffer
  decode(bytes: Buffer): T
  readonly timeoutMs: number
}

/** kafkajs waits so long before it sends the next request on this connection. */
export interface Throttled {
  readonly clientSideThrottleTime: number
}

/** Sends a request that kafkajs doesn't know how to make, or not well, over its connection to a broker. */
export async function sendRaw<T extends Throttled>(broker: object, request: RawRequest<T>): Promise<T> {
  if (!hasConnections(broker)) throw new Error('this version of kafkajs keeps its connections elsewhere')
  const { apiKey, apiVersion, apiName, bytes, timeoutMs } = request
  return broker.connectionPool.send<T>({
    request: { apiKey, apiVersion, apiName, encode: async () => ({ buf: bytes, buffer: bytes }) },
    response: { decode: async (answer) => request.decode(answer), parse: async (answer) => answer },
    requestTimeout: timeoutMs,
    logResponseError: false,
  })
}
