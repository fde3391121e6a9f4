import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type JsonObject, parseJson } from '../../model/json.ts'
import { type AwsError, type AwsRequest, awsRequestOf, errorAnswer } from './aws-request.ts'

/** A way in which AWS, or what stands before it, fails. */
export interface AwsFault {
  readonly kind:
    | 'denied'
    | 'throttled'
    | 'expired'
    | 'error_500'
    /** A page of a captive portal, with status 200. */
    | 'html'
    /** The connection is closed in the middle of the answer. */
    | 'cut'
    | 'hang'
    /** Credentials that lead into another account: everything answers, and nothing is there. */
    | 'other_account'
    | 'other_region'
  /** Which services fail; absent: all. */
  readonly services?: readonly string[]
  /** Which of their operations fail; absent: all. */
  readonly operations?: readonly string[]
  /** How many of their calls come through before they begin to fail. */
  readonly after?: number
  /** Every which of their calls fails; 1: each. */
  readonly every?: number
}

const errors = {
  denied: { status: 403, code: 'AccessDenied', message: 'User: reader is not authorized to perform this action' },
  throttled: { status: 400, code: 'Throttling', message: 'Rate exceeded' },
  expired: { status: 400, code: 'ExpiredToken', message: 'The security token included in the request is expired' },
  error_500: { status: 500, code: 'InternalFailure', message: 'An internal error occurred' },
} as const satisfies Record<string, AwsError>
/** EC2's and the JSON services' own names for it. */
const deniedCodes: Partial<Record<AwsRequest['protocol'], string>> = {
  ec2: 'UnauthorizedOperation',
  json: 'AccessDeniedException',
  'rest-json': 'AccessDeniedException',
}

const page = '<!DOCTYPE html><html><body><h1>Please sign in to this network</h1></body></html>'

/** An endpoint in front of another that fails as it is told, and keeps every call. Requests need no valid signature behind it. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #target: string
  #fault: AwsFault | null = null
  #matching = 0
  /**
   * What answers in the place of the endpoint behind, by service and operation (`cloudtrail LookupEvents`): calls that moto
   * doesn't know, after AWS's published shapes. An object is JSON, a text XML; an `Error` is an answer of status 400 whose
   * code is its name.
   */
  readonly standIns = new Map<string, (input: JsonObject) => object | string>()
  /** Is given each call that came through, its body and its answer's. */
  onAnswer: ((call: AwsRequest, asked: string, answered: string) => void) | null = null
  /** Every call since the last fault was set. */
  calls: AwsRequest[] = []
  /** How many of them were made to fail. */
  failed = 0

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((incoming, answer) => void this.#serve(incoming, answer))
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    const { promise, resolve } = Promise.withResolvers<void>()
    proxy.#server.listen(0, '127.0.0.1', resolve)
    await promise
    return proxy
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return `http://127.0.0.1:${address.port}`
  }

  /** @param fault `null`: everything comes through */
  set(fault: AwsFault | null): void {
    this.#fault = fault
    this.#matching = 0
    this.calls = []
    this.failed = 0
  }

  /** The calls that would have changed something. */
  get mutating(): readonly AwsRequest[] {
    return this.calls.filter(({ isMutating }) => isMutating)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeAllConnections()
    await promise
  }

  async #serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part)
    const body = Buffer.concat(parts)
    const call = awsRequestOf(incoming.method ?? '', incoming.url ?? '', incoming.headers, body.toString('latin1'))
    this.calls.push(call)
    const fault = this.#fault !== null && this.#applies(this.#fault, call) ? this.#fault.kind : null
    const standIn = this.standIns.get(`${call.service} ${call.operation}`)
    if (fault === null && standIn !== undefined) {
      const given = call.protocol === 'json' ? parseJson(body.toString()) : Object.fromEntries(formOf(body))
      const said = standIn(given as JsonObject)
      const status = said instanceof Error ? 400 : 200
      const [headers, text] = said instanceof Error ? errorAnswer(call, errorOf(said)) : bodyOf(said)
      answer.writeHead(status, headers).end(text)
      return
    }
    if (fault === null) return this.#pass(incoming, body, {}, answer, call)
    this.failed++
    switch (fault) {
      case 'hang':
        return
      case 'html':
        answer.writeHead(200, { 'content-type': 'text/html' }).end(page)
        return
      case 'cut':
        answer.writeHead(200, { 'content-type': 'text/xml', 'content-length': 4096 }).write('<?xml version="1.0"?><')
        answer.socket?.destroySoon()
        return
      case 'other_account':
        return this.#pass(incoming, body, { 'x-moto-account-id': '999999999999' }, answer)
      case 'other_region':
        return this.#pass(
          incoming,
          body,
          { authorization: incoming.headers.authorization?.replace(`/${call.region}/`, '/ap-south-1/') ?? '' },
          answer,
        )
      default: {
        const own = fault === 'denied' ? deniedCodes[call.protocol] : undefined
        const error = { ...errors[fault], ...(own === undefined ? {} : { code: own }) }
        const [headers, text] = errorAnswer(call, error)
        answer.writeHead(error.status, headers).end(incoming.method === 'HEAD' ? undefined : text)
      }
    }
  }

  #applies({ services, operations, after = 0, every = 1 }: AwsFault, call: AwsRequest): boolean {
    if (services !== undefined && !services.includes(call.service)) return false
    if (operations !== undefined && !operations.includes(call.operation)) return false
    this.#matching++
    return this.#matching > after && (this.#matching - after) % every === 0
  }

  #pass(
    incoming: IncomingMessage,
    body: Buffer,
    headers: Record<string, string>,
    answer: ServerResponse,
    call?: AwsRequest,
  ): void {
    const onward = request(
      `${this.#target}${incoming.url}`,
      // Whom a virtual host names stays; moto finds a bucket by it.
      { method: incoming.method, headers: { ...incoming.headers, ...headers } },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(answer)
        const { onAnswer } = this
        if (onAnswer === null || call === undefined) return
        const parts: Buffer[] = []
        reply.on('data', (part: Buffer) => parts.push(part))
        reply.on('end', () => onAnswer(call, body.toString(), Buffer.concat(parts).toString()))
      },
    )
    onward.on('error', () => answer.destroy())
    onward.end(body)
  }
}

const formOf = (body: Buffer): URLSearchParams => new URLSearchParams(body.toString())
const errorOf = ({ name, message }: Error): AwsError => ({ status: 400, code: name, message })
const bodyOf = (said: object | string): [Record<string, string>, string] =>
  typeof said === 'string'
    ? [{ 'content-type': 'text/xml' }, said]
    : [{ 'content-type': 'application/x-amz-json-1.1' }, JSON.stringify(said)]
