import { VainoError } from '../model/errors.ts'
import type { IngestResult, Producer } from '../pipeline/engine.ts'
import type { ApiLimits } from './limits.ts'

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

const newline = 10

/**
 * Passes a body on until it turns out to have too many bytes or lines. A line that cannot be used costs 2 to 5 µs however short it is, and a body of
 * 60 kB that expands to 64 MB of line ends would have 64 million.
 */
export async function* boundedBody(
  body: AsyncIterable<Uint8Array>,
  { ingestBytes, ingestLines }: Pick<ApiLimits, 'ingestBytes' | 'ingestLines'>,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let lines = 0
  for await (const piece of body) {
    bytes += piece.length
    if (bytes > ingestBytes) throw tooLarge(ingestBytes)
    for (let at = piece.indexOf(newline); at >= 0 && lines <= ingestLines; at = piece.indexOf(newline, at + 1)) lines++
    if (lines > ingestLines) throw tooManyLines(ingestLines)
    yield piece
  }
}

const tooManyLines = (maxLines: number) =>
  new VainoError('too_large', `The body has more than ${maxLines} lines`, {
    hint: 'Send it in several requests.',
    details: { max_lines: maxLines },
  })

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

/**
 * A request of which nothing could be used is refused, so that a client that looks at the status alone doesn't take it for done.
 * Its dead letters are kept.
 * @throws VainoError `bad_input`
 */
export function refuseUseless(
  { records, deadLetters, cursor, firstRefusal }: IngestResult,
  each: 'line' | 'element',
): void {
  if (records === 0 || deadLetters !== records) return
  const none = records === 1 ? 'The record could not be used' : `None of ${records} records could be used`
  const { line, reason, detail } = firstRefusal ?? {}
  const why = line === undefined ? '' : `: ${each} ${line} is ${reason}${detail === '' ? '' : ` (${detail})`}`
  throw new VainoError('bad_input', `${none}${why}`, {
    hint: 'GET /v1/deadletters says why. A record is a JSON object a line, or an element of an array in application/json.',
    details: {
      ...{ records, changes: 0, dead_letters: deadLetters, cursor },
      ...(firstRefusal === undefined ? {} : { first_refusal: firstRefusal }),
    },
  })
}
