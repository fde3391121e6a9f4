import { pipeline, Readable } from 'node:stream'
import { promisify } from 'node:util'
import {
  constants,
  createGunzip,
  createGzip,
  createZstdCompress,
  createZstdDecompress,
  gzip,
  zstdCompress,
} from 'node:zlib'
import { VainoError } from '../model/errors.ts'
import { type ByteSource, nextTurn } from './byte-source.ts'
import { chunkBytes } from './limits.ts'

// Level 1 of both: an answer is read once, and compression, not the network, is the bottleneck.
const compressors = {
  zstd: () => createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  gzip: () => createGzip({ level: 1 }),
} as const
const decompressors = { zstd: createZstdDecompress, gzip: createGunzip } as const
type Encoding = keyof typeof compressors

const isEncoding = (name: string): name is Encoding => Object.hasOwn(compressors, name)

/** The best encoding that both sides know, by `Accept-Encoding` (RFC 9110 §12.5.3); null: none. */
export function chooseEncoding(accept: string | null): Encoding | null {
  const weights = new Map<string, number>()
  for (const part of (accept ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim())
    const weight = parameters.find((text) => text.startsWith('q='))?.slice(2)
    weights.set(name, weight === undefined ? 1 : Number(weight) || 0)
  }
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0
  const [best] = (Object.keys(compressors) as Encoding[]).sort((a, b) => weightOf(b) - weightOf(a))
  return best !== undefined && weightOf(best) > 0 ? best : null
}

async function* piecesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const piece = await source.next()
      if (piece === null) return
      yield piece
      await nextTurn()
    }
  } finally {
    source.close()
  }
}

/** The same bytes compressed; it asks the source for a piece or two more than were taken. */
export function compress(source: ByteSource, encoding: Encoding): ByteSource {
  const input = Readable.from(piecesOf(source), { objectMode: false, highWaterMark: chunkBytes })
  // A failure on the way surfaces at the reader of the output.
  const output = pipeline(input, compressors[encoding](), () => {})
  const pieces: AsyncIterator<Uint8Array> = output[Symbol.asyncIterator]()
  return {
    next: async () => (await pieces.next()).value ?? null,
    close: () => void output.destroy(),
  }
}

const asyncGzip = promisify(gzip)
const asyncZstd = promisify(zstdCompress)
/** Below this, headers and time cost more than the network does. */
const minCompressedBytes = 1024

/**
 * A whole answer compressed as the client accepts it; a short one, a stream of events and one without a body stay as they are.
 * The work is done outside the event loop's thread.
 */
export async function compressAnswer(answer: Response, accept: string | null): Promise<Response> {
  answer.headers.append('vary', 'Accept-Encoding')
  const encoding = chooseEncoding(accept)
  if (encoding === null || answer.body === null) return answer
  const plain = await answer.bytes()
  const { status, headers } = answer
  if (plain.length < minCompressedBytes) return new Response(plain, { status, headers })
  headers.set('content-encoding', encoding)
  const packed = await (encoding === 'gzip'
    ? asyncGzip(plain, { level: 1 })
    : asyncZstd(plain, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }))
  return new Response(packed, { status, headers })
}

/**
 * A request's body as it was before its `Content-Encoding`.
 * @throws VainoError `unsupported_encoding`; `bad_request` while reading, when the body is not in the stated encoding
 */
export function decompress(body: AsyncIterable<Uint8Array>, encoding: string | null): AsyncIterable<Uint8Array> {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === 'identity' || name === '') return body
  if (!isEncoding(name)) {
    throw new VainoError('unsupported_encoding', `The content encoding "${name.slice(0, 40)}" is not supported`, {
      hint: `Send gzip, zstd, or the plain body.`,
    })
  }
  return expanded(body, name)
}

async function* expanded(body: AsyncIterable<Uint8Array>, name: Encoding): AsyncGenerator<Uint8Array> {
  const output = pipeline(Readable.from(body, { objectMode: false }), decompressors[name](), () => {})
  try {
    for await (const piece of output) yield piece
  } catch (error) {
    if (error instanceof VainoError) throw error
    throw new VainoError('bad_request', `The body is not ${name}, though its Content-Encoding says so`, {
      hint: 'Compress it again, or send it plain.',
      cause: error,
    })
  } finally {
    output.destroy()
  }
}
