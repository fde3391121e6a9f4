/** A request of Kafka's protocol, in the one version that is sent. */
export interface Api {
  readonly key: number
  readonly version: number
  readonly name: string
  /** The version is a flexible one: headers and structures end with tagged fields. */
  readonly isFlexible?: true
}

/** Part of every answer. */
export interface Throttled {
  /** A quota is exceeded: the client sends nothing more on this connection for this time. */
  readonly throttleMs: number
}

/** A request without its header, which the client adds. */
export interface BrokerRequest<T extends Throttled> {
  readonly api: Api
  readonly body: Buffer
  /** @param body the answer without its header. @throws RangeError if it is cut short */
  decode(body: Buffer): T
  /** Deadline for the answer, from sending. Time in which the broker throttles the client is not counted. */
  readonly timeoutMs: number
}
