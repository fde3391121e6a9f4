import type { Client } from '@grpc/grpc-js'
import { ProviderError } from './provider-error.ts'

/** Codes of gRPC that are told apart here. */
export const callCodes = {
  cancelled: 1,
  unknown: 2,
  deadline: 4,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const

/** A call that ended without an answer. Its message is the provider's and may hold anything. */
export class CallError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface Connection {
  /**
   * One call, ended after `timeoutMs` on both sides.
   * @throws CallError, or the signal's reason
   */
  readonly call: (method: string, request: Uint8Array, timeoutMs: number, signal: AbortSignal) => Promise<Uint8Array>
  readonly close: () => void
}

/** Terraform's own bound. The largest schema known here has 4.9 MB. */
const maxMessageBytes = 64 * 2 ** 20

/** Connects to a plugin's socket. gRPC is loaded only here: it takes 0.2 s and 20 MB, and most runs of vaino need none of it. */
export async function connectTo(socket: string): Promise<Connection> {
  const { Client, credentials, logVerbosity, Metadata, setLogVerbosity } = await import('@grpc/grpc-js')
  setLogVerbosity(logVerbosity.NONE)
  const client: Client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.enable_channelz': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.use_local_subchannel_pool': 1,
  })
  const encode = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const decode = (bytes: Buffer): Uint8Array => bytes

  return {
    call: (method, request, timeoutMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason)
          return
        }
        const options = { deadline: Date.now() + timeoutMs }
        const abort = (): void => call.cancel()
        const call = client.makeUnaryRequest(
          method,
          encode,
          decode,
          request,
          new Metadata(),
          options,
          (error, answer) => {
            signal.removeEventListener('abort', abort)
            if (signal.aborted) reject(signal.reason)
            else if (error) reject(new CallError(error.code, error.details || error.message))
            else if (answer) resolve(answer)
            else reject(new ProviderError('error', `${method} was answered by nothing`))
          },
        )
        signal.addEventListener('abort', abort, { once: true })
      }),
    close: () => client.close(),
  }
}
