import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a request is answered with; `hang`: never. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly hang?: boolean
}

/** A server on loopback that keeps what it receives, and answers as the test says. */
export class HttpReceiver implements AsyncDisposable {
  readonly received: Received[] = []
  /** Called for each request, with what it is. */
  answer: (request: Received, count: number) => Answer = () => ({})
  readonly #server: Server
  #waiting: (() => void)[] = []

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => {
      void read(request).then((received) => {
        this.received.push(received)
        const { status = 200, headers = {}, body = 'ok', hang = false } = this.answer(received, this.received.length)
        for (const wake of this.#waiting.splice(0)) wake()
        if (!hang) response.writeHead(status, headers).end(body)
      })
    })
  }

  static async open(): Promise<HttpReceiver> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new HttpReceiver(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The bodies received, as JSON. */
  get bodies(): readonly unknown[] {
    return this.received.map(({ body }) => JSON.parse(body) as unknown)
  }

  /** Resolves when so many requests have come in all. */
  async count(wanted: number): Promise<readonly Received[]> {
    while (this.received.length < wanted) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.received
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}
