import { createServer, type Server, type Socket, connect as socketTo } from 'node:net'

/** Stands before an API server, hands on bytes as they are, and cuts connections. */
export class CuttingProxy implements Disposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #timer: NodeJS.Timeout | null = null
  /** Connections that were cut so far. */
  cuts = 0

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const upstream = socketTo(port, '127.0.0.1')
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(one)
        one.pipe(other)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
    })
  }

  /** @param url of the server */
  static async open(url: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(Number(new URL(url).port))
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    const address = this.#server.address()
    return `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }

  /** Cuts all connections that there are, each time after so long; null: no more. */
  cutEvery(ms: number | null): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = ms === null ? null : setInterval(() => this.#cut(), ms)
  }

  #cut(): void {
    this.cuts += this.#sockets.size / 2
    for (const socket of this.#sockets) socket.destroy()
  }

  [Symbol.dispose](): void {
    this.cutEvery(null)
    this.#cut()
    this.#server.close()
  }
}
