import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import net from 'node:net'
import { MalformedMessage } from './wire.ts'

// Unary calls of gRPC over HTTP/2 on a unix socket, as much as a provider's calls need: no compression, no retries, no streams.
// The protocol: github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md

/** Codes of gRPC that are told apart here. */
export const callCodes = {
  cancelled: 1,
  unknown: 2,
  deadline: 4,
  exhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const

/** A call that ended without an answer. Its message is the provider's and may hold anything. */
export class CallError extends Error {
  readonly code: number
  /** The connection is gone, and the process with it or soon: no other call will be answered. */
  readonly isLost: boolean
  constructor(code: number, message: string, isLost = false) {
    super(message)
    this.code = code
    this.isLost = isLost
  }
}

export interface Connection {
  /**
   * One call, ended after `timeoutMs` on both sides.
   * @throws CallError, MalformedMessage where the answer is none of gRPC, or the signal's reason
   */
  readonly call: (method: string, request: Uint8Array, timeoutMs: number, signal: AbortSignal) => Promise<Uint8Array>
  readonly close: () => void
}

/** Terraform's own bound. The largest schema known here has 4.9 MB. */
const maxMessageBytes = 64 * 2 ** 20
/** How much a provider may send before it is taken: the default of 64 KiB costs a round trip for each of them. */
const windowBytes = 4 * 2 ** 20
/** Eight digits are the most that the protocol has. */
const maxTimeoutMs = 99_999_999
/** A byte that says whether the message is compressed, and its length. */
const prefixBytes = 5

/** Connects to a plugin's socket. @throws CallError `unavailable` */
export async function connectTo(socket: string): Promise<Connection> {
  const session = http2.connect('http://localhost', {
    createConnection: () => net.connect(socket),
    settings: { initialWindowSize: windowBytes, enablePush: false },
  })
  await new Promise<void>((resolve, reject) => {
    // Later errors of the connection are errors of its calls too.
    session.on('error', () => reject(lost()))
    session.once('close', () => reject(lost()))
    session.once('connect', () => {
      session.setLocalWindowSize(windowBytes)
      resolve()
    })
  })
  return {
    call: (method, request, timeoutMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) reject(signal.reason)
        else if (session.closed || session.destroyed) reject(lost())
        else callOn(session, { method, request, timeoutMs, signal }).then(resolve, reject)
      }),
    close: () => session.destroy(),
  }
}

const lost = (): CallError => new CallError(callCodes.unavailable, 'the provider closed its connection', true)

interface Asked {
  readonly method: string
  readonly request: Uint8Array
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

function callOn(session: ClientHttp2Session, { method, request, timeoutMs, signal }: Asked): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const stream = session.request({
    ...{ ':method': 'POST', ':path': method, 'content-type': 'application/grpc', te: 'trailers' },
    'grpc-timeout': `${Math.min(Math.ceil(timeoutMs), maxTimeoutMs)}m`,
  })
  const chunks: Buffer[] = []
  let [size, headers] = [0, {} as IncomingHttpHeaders]
  const end = (error: unknown): void => {
    reject(error)
    stream.close(http2.constants.NGHTTP2_CANCEL)
  }
  const abort = (): void => end(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(() => end(new CallError(callCodes.deadline, 'deadline exceeded')), timeoutMs)
  const take = (more: IncomingHttpHeaders): void => {
    headers = { ...headers, ...more }
  }
  stream.on('response', take)
  stream.on('trailers', take)
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > prefixBytes + maxMessageBytes)
      end(new CallError(callCodes.exhausted, `an answer has more than ${maxMessageBytes} bytes`))
  })
  // What it was is seen when the stream closes.
  stream.on('error', () => {})
  stream.on('close', () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    answerOf(headers, chunks, session, stream.rstCode).then(resolve, reject)
  })
  stream.end(framed(request))
  return promise
}

function framed(request: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(prefixBytes + request.length)
  frame.writeUInt32BE(request.length, 1)
  frame.set(request, prefixBytes)
  return frame
}

/** @throws CallError, MalformedMessage */
async function answerOf(
  headers: IncomingHttpHeaders,
  chunks: readonly Buffer[],
  session: ClientHttp2Session,
  rstCode: number | undefined,
): Promise<Uint8Array> {
  const status = headers['grpc-status']
  if (status === undefined) throw await endWithoutStatus(headers, session, rstCode)
  if (status !== '0') throw new CallError(Number(status), unescaped(String(headers['grpc-message'] ?? '')))
  const [only] = chunks
  const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
  if (bytes.length < prefixBytes || bytes[0] !== 0 || bytes.readUInt32BE(1) !== bytes.length - prefixBytes)
    throw new MalformedMessage('an answer is not one message')
  return bytes.subarray(prefixBytes)
}

async function endWithoutStatus(headers: IncomingHttpHeaders, session: ClientHttp2Session, rstCode = 0) {
  // Streams may end before their session does.
  await new Promise(setImmediate)
  if (session.closed || session.destroyed) return lost()
  const http = headers[':status']
  if (http !== undefined && Number(http) !== 200)
    return new CallError(callCodes.unknown, `answered with the HTTP status ${http}`)
  const isCancelled = rstCode === http2.constants.NGHTTP2_CANCEL
  return new CallError(isCancelled ? callCodes.cancelled : callCodes.internal, 'ended without a status')
}

/** Messages are percent-encoded UTF-8. */
function unescaped(message: string): string {
  try {
    return decodeURIComponent(message)
  } catch {
    // Not encoded as the protocol says: shown as it is.
    return message
  }
}
