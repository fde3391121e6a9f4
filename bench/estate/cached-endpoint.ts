import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AwsRequest, awsRequestOf } from '../../test/estate/aws-request.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
}

/**
 * An endpoint of AWS whose answers are those of another, each asked for once and then kept: what is measured through it is its
 * caller. An answer takes `latencyMs`, as one over a network does; `inTurn`, one call is answered at a time.
 */
export class CachedEndpoint implements AsyncDisposable {
  readonly #target: string
  readonly #server = createServer((request, answer) => void this.#serve(request, answer))
  readonly #known = new Map<string, Promise<Answer>>()
  #before: Promise<unknown> = Promise.resolve()
  latencyMs = 0
  inTurn = false
  /** Since it was last emptied. */
  calls: AwsRequest[] = []
  /** Calls that were answered by the other endpoint. */
  asked = 0

  private constructor(target: string) {
    this.#target = target
  }

  static async start(target: string): Promise<CachedEndpoint> {
    const endpoint = new CachedEndpoint(target)
    await new Promise<void>((resolve) => endpoint.#server.listen(0, '127.0.0.1', resolve))
    return endpoint
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = new Uint8Array(Buffer.concat(parts))
    const { method = '', url = '', headers } = request
    const call = awsRequestOf(method, url, headers, Buffer.from(body).toString('latin1'))
    this.calls.push(call)
    const kept = () => this.#answerOf(request, call, body)
    const { status, headers: own, body: text } = await (this.inTurn ? this.#afterOthers(kept) : this.#late(kept))
    answer.writeHead(status, own).end(text)
  }

  async #late(answerOf: () => Promise<Answer>): Promise<Answer> {
    const [answer] = await Promise.all([answerOf(), sleep(this.latencyMs)])
    return answer
  }

  #afterOthers(answerOf: () => Promise<Answer>): Promise<Answer> {
    const turn = this.#before.then(() => this.#late(answerOf))
    this.#before = turn.catch(() => undefined)
    return turn
  }

  #answerOf(request: IncomingMessage, call: AwsRequest, body: Uint8Array<ArrayBuffer>): Promise<Answer> {
    const { method, url, headers } = request
    const key = [method, url, call.service, call.region, headers['x-amz-target'], Buffer.from(body).toString()].join(
      ' ',
    )
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.asked++
    const asked = this.#ask(request, body)
    this.#known.set(key, asked)
    return asked
  }

  async #ask({ method, url, headers }: IncomingMessage, body: Uint8Array<ArrayBuffer>): Promise<Answer> {
    const passed = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && !ofConnection.has(name) ? [[name, value]] : [],
    )
    const reply = await fetch(`${this.#target}${url}`, {
      method: method ?? 'GET',
      headers: passed,
      ...(body.length === 0 ? {} : { body }),
    })
    const replied = [...reply.headers].filter(([name]) => !ofConnection.has(name))
    return {
      status: reply.status,
      headers: Object.fromEntries(replied),
      body: new Uint8Array(await reply.arrayBuffer()),
    }
  }
}

const ofConnection = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'content-encoding'])
