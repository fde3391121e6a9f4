import { VainoError } from '../model/errors.ts'
import type { Producer } from '../pipeline/engine.ts'

const tooLarge = (maxBytes: number) =>
  new VainoError('too_large', `The body is larger than ${maxBytes} bytes`, {
    hint: 'Send it in several requests, or raise limits.body_size.',
    details: { max_bytes: maxBytes },
  })

/**
 * The size that a body states, in bytes; null where it states none.
 * @throws VainoError `bad_request` for anything but one whole number: two equal headers arrive as `84, 84` (RFC 9110 §8.6)
 */
export function contentLengthOf(headers: Headers): number | null {
  const stated = headers.get('content-length')
  if (stated === null) return null
  if (isCount(stated)) return Number(stated)
  throw new VainoError('bad_request', `Content-Length is "${stated.slice(0, 40)}"`, {
    hint: 'Send one Content-Length, a whole number of bytes.',
  })
}

/** A body that states that it is too large is refused before any of it is read. */
export function refuseLargeBody(contentLength: number | null, maxBytes: number): void {
  if (contentLength !== null && contentLength > maxBytes) throw tooLarge(maxBytes)
}

/** Passes a body on until it turns out to be too large. */
export async function* boundedBody(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    yield piece
  }
}

const isCount = (text: string): boolean => /^\d{1,15}$/.test(text)

/**
 * Who sends, from the three `Producer-` headers.
 * @throws VainoError `bad_request` when only some are there, or one is malformed
 */
export function producerOf(headers: Headers): Producer | undefined {
  const [id, epoch, seq] = ['producer-id', 'producer-epoch', 'producer-seq'].map((name) => headers.get(name))
  if (id == null && epoch == null && seq == null) return undefined
  if (id == null || epoch == null || seq == null) {
    throw new VainoError('bad_request', 'Producer-Id, Producer-Epoch and Producer-Seq belong together', {
      hint: 'Send all three to have repeats recognised, or none.',
    })
  }
  if (id.length === 0 || id.length > 200 || !isCount(epoch) || !isCount(seq)) {
    throw new VainoError('bad_request', 'A Producer- header is malformed', {
      hint: 'Producer-Id has 1 to 200 characters; Producer-Epoch and Producer-Seq are whole numbers from 0.',
    })
  }
  return { id, epoch: Number(epoch), seq: Number(seq) }
}
