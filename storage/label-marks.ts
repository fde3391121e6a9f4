/**
 * Marks of labels: for each 64 resources a bloom filter of the three-letter pieces of their labels, by which a search passes over blocks that can't hold
 * its text. Bits are never taken back: what a block held once stays marked, which costs a look and loses nothing.
 */
export const resourcesOfBlock = 64
/** 16 MB for a million resources. Labels of 90 characters, most of them alike, set 6 % of the bits. */
export const markBytes = 1024

export const labelBlockOf = (resource: number): number => Math.floor(resource / resourcesOfBlock)

/** A piece and the next character make the next piece: what is older than three characters is shifted out. */
const nextPiece = (piece: number, character: number): number => ((piece << 7) ^ character) & 0x1fffff
/** 13 bits of a hash: `markBytes` has as many bits as they count. A literal shift, because a computed one is a double, and twenty times slower. */
const bitOf = (piece: number): number => Math.imul(piece, 0x9e3779b1) >>> 19

/** Marks the pieces of a text. @returns whether one was not marked before */
export function markPieces(marks: Uint8Array, text: string): boolean {
  let isNew = false
  let piece = nextPiece(text.charCodeAt(0), text.charCodeAt(1))
  for (let at = 2; at < text.length; at++) {
    piece = nextPiece(piece, text.charCodeAt(at))
    const bit = bitOf(piece)
    const byte = marks[bit >> 3] as number
    if ((byte & (1 << (bit & 7))) !== 0) continue
    marks[bit >> 3] = byte | (1 << (bit & 7))
    isNew = true
  }
  return isNew
}

/** The bits of a text's pieces; none where it is shorter than one. */
export function bitsOfPieces(text: string): number[] {
  const bits = new Set<number>()
  let piece = nextPiece(text.charCodeAt(0), text.charCodeAt(1))
  for (let at = 2; at < text.length; at++) {
    piece = nextPiece(piece, text.charCodeAt(at))
    bits.add(bitOf(piece))
  }
  return [...bits]
}

export const areMarked = (marks: Uint8Array, bits: readonly number[]): boolean =>
  bits.every((bit) => ((marks[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)
