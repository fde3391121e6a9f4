import { createServer, type Server, type Socket, connect as socketTo } from 'node:net'
import { ByteReader } from '../../connectors/kafka/wire/byte-reader.ts'

const fetchKey = 1

const keys = { produce: 0, listOffsets: 2 } as const

/** Frames of Kafka's protocol, whole ones: a length, then as many bytes. */
function* framesIn(state: { rest: Buffer }, chunk: Buffer): Generator<Buffer> {
  state.rest = Buffer.concat([state.rest, chunk])
  while (state.rest.length >= 4 && state.rest.length >= 4 + state.rest.readInt32BE(0)) {
    const end = 4 + state.rest.readInt32BE(0)
    yield state.rest.subarray(0, end)
    state.rest = state.rest.subarray(end)
  }
}

/** The name that a client gives in the header of a request. */
const nameIn = (frame: Buffer): string => frame.toString('utf8', 14, 14 + Math.max(0, frame.readInt16BE(12)))

/** Writes an error code into a broker's answer to a fetch (version 11), at each partition of a topic. */
function refuseIn(frame: Buffer, topic: string, code: number): void {
  const reader = new ByteReader(frame)
  reader.bytes(4 + 4 + 4 + 2 + 4) // length, correlation, throttling, error, session
  reader.array(() => {
    const name = reader.text(reader.int16())
    reader.array(() => {
      reader.int32() // the partition
      if (name === topic) frame.writeInt16BE(code, frame.length - reader.remaining)
      reader.bytes(2 + 8 + 8 + 8) // the error, and offsets
      reader.array(() => reader.bytes(8 + 8)) // aborted transactions
      reader.int32()
      reader.bytes(reader.int32())
    })
  })
}

/** A request that is kept, and the connection on which it is to go to the broker. */
interface HeldRequest {
  readonly broker: Socket
  readonly frame: Buffer
  readonly answered: PromiseWithResolvers<void>
}

/** A proxy of a real broker that makes it fail in ways in which brokers rarely fail by themselves. */
export class RefusingProxy implements Disposable {
  /** The topic and the error; null: everything passes as it is. */
  refuses: { readonly topic: string; readonly code: number } | null = null
  /** Fetches that were answered so. */
  refused = 0
  /** Requests with this key reach the broker; the connection breaks before the answer. */
  losesAnswersTo: keyof typeof keys | null = null
  /** Requests with this key are kept here, and their client gets no answer. */
  holds: keyof typeof keys | null = null
  #held: HeldRequest[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** With the name that each gave in its first request. */
  readonly #clients = new Map<Socket, string>()
  #cutOff: RegExp | null = null

  private constructor(target: () => number) {
    this.#server = createServer((client) => this.#join(client, target()))
  }

  /** @param target the broker's port, when it has one */
  static async open(target: () => number): Promise<RefusingProxy> {
    const proxy = new RefusingProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Clients that are connected now. */
  get clients(): number {
    return this.#clients.size
  }

  /** Breaks the connections of clients with such names, and each new one. */
  cutOff(names: RegExp): void {
    this.#cutOff = names
    for (const [client, name] of this.#clients) if (names.test(name)) client.destroy()
  }

  /** Sends to the broker what was kept, though the clients may be gone. Resolves when it has answered. @returns the number of requests */
  async release(): Promise<number> {
    this.holds = null
    const held = this.#held
    for (const { broker, frame } of held) broker.write(frame)
    await Promise.all(held.map(({ answered }) => answered.promise))
    this.#held = []
    return held.length
  }

  [Symbol.dispose](): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(client: Socket, port: number): void {
    const broker = socketTo(port, '127.0.0.1')
    this.#clients.set(client, '')
    client.once('close', () => this.#clients.delete(client))
    const fetches = new Set<number>()
    const unanswered = new Set<number>()
    const [asked, answered] = [{ rest: Buffer.alloc(0) }, { rest: Buffer.alloc(0) }]
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        if (!this.#held.some(({ broker: kept }) => kept === other)) other.destroy()
      })
      // Whoever hears of it is at the other end.
      socket.on('error', () => other.destroy())
    }
    client.on('data', (chunk: Buffer) => {
      for (const frame of framesIn(asked, chunk)) {
        const key = frame.readInt16BE(4)
        if (this.#clients.get(client) === '') this.#clients.set(client, nameIn(frame))
        if (this.#cutOff?.test(this.#clients.get(client) ?? '')) {
          client.destroy()
          return
        }
        if (key === fetchKey) fetches.add(frame.readInt32BE(8))
        if (this.losesAnswersTo !== null && key === keys[this.losesAnswersTo]) unanswered.add(frame.readInt32BE(8))
        if (this.holds === null || key !== keys[this.holds]) broker.write(frame)
        else this.#held.push({ broker, frame, answered: Promise.withResolvers<void>() })
      }
    })
    broker.on('data', (chunk: Buffer) => {
      for (const frame of framesIn(answered, chunk)) {
        if (fetches.delete(frame.readInt32BE(4)) && this.refuses !== null) {
          refuseIn(frame, this.refuses.topic, this.refuses.code)
          this.refused++
        }
        const held = this.#held.find(
          (one) => one.broker === broker && one.frame.readInt32BE(8) === frame.readInt32BE(4),
        )
        held?.answered.resolve()
        if (unanswered.has(frame.readInt32BE(4))) {
          client.destroy()
          return
        }
        client.write(Buffer.from(frame))
      }
    })
  }
}
