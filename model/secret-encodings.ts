import { Buffer, isAscii, isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import type { Mask } from './secret-shapes.ts'

/**
 * Secrets inside what another encoding hides: base64 of text (also of UTF-16, as PowerShell takes it, and of gzip, as cloud-init does), percent
 * signs of URLs, and entities of HTML. A piece is decoded, the text is searched like any other, and a piece in which something was found is
 * replaced as a whole. Decoding goes {@link maxNesting} levels deep and up to {@link maxDecodedBytes} a piece, of which
 * the begin is searched.
 */
export const maxNesting = 3
const maxDecodedBytes = 1 << 20

/** @returns whether a decoded text holds a secret */
export type Search = (text: string) => boolean

const minRun = 20

/**
 * Whether a text holds a run of letters, digits, "+" and "/" that is long enough to be base64 or a token. Only every twentieth sign is looked at
 * while the text is made of short words.
 */
export function hasLongRun(text: string): boolean {
  let end = minRun - 1
  while (end < text.length) {
    let at = end
    while (at > end - minRun && isRunSign(text.charCodeAt(at))) at--
    if (at === end - minRun) return true
    end = at + minRun
  }
  return false
}

/** A letter, a digit, "+" or "/". */
const isRunSign = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 47 && code <= 57) || code === 43

const base64Run = /[A-Za-z0-9+/_-]{16,}={0,2}/g

export const maskBase64 = (text: string, mask: Mask, search: Search): string =>
  text.replace(base64Run, (run) => {
    const decoded = decodedText(run)
    return decoded === unreadable || (decoded !== null && search(decoded)) ? mask(run) : run
  })

/** What can't be looked into (gzip that is cut off, or too large) is taken for a secret. */
const unreadable = Symbol('unreadable')

/** Every third byte of ASCII has a first bit that is 0, so every fourth sign is one of the first 32; gzip and a BOM begin as they do. */
const beginsText = /^(?:(?:[A-Za-f][\w+/-]{3}){4}|H4sI|77u)/

/** The text that base64 holds; null where it holds none. */
function decodedText(run: string): string | typeof unreadable | null {
  if (!beginsText.test(run)) return null
  // Most long runs are ids and names: their first bytes already are no text.
  const begin = Buffer.from(run.slice(0, 16), 'base64')
  if (begin[0] === 0x1f && begin[1] === 0x8b && begin[2] === 8) return unzipped(Buffer.from(run, 'base64'))
  const isWide = begin.length >= 12 && begin.every((byte, at) => at % 2 === 0 || byte === 0)
  if (!isWide && !(begin.every(isTextByte) && (isAscii(begin) || isUtf8(begin.subarray(0, 8))))) return null
  const bytes = Buffer.from(run.slice(0, maxDecodedBytes), 'base64')
  if (isWide) return bytes.toString('utf16le')
  return isUtf8(bytes) || bytes.every(isTextByte) ? bytes.toString('utf8') : textBegin(bytes)
}

const isTextByte = (byte: number): boolean => (byte >= 32 && byte !== 127) || byte === 9 || byte === 10 || byte === 13

/** The text at the start of bytes that end in something else: a base64 run that was cut, or that ran into its neighbour. */
function textBegin(bytes: Buffer): string | null {
  const end = bytes.findIndex((byte) => !isTextByte(byte))
  return end >= 0 && end < 16 ? null : bytes.subarray(0, end < 0 ? bytes.length : end).toString('latin1')
}

function unzipped(bytes: Buffer): string | typeof unreadable {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxDecodedBytes }).toString('utf8')
  } catch {
    return unreadable
  }
}

const percentPiece = /[\w.%+~*!()-]+/g

export function maskPercentEncoded(text: string, mask: Mask, search: Search): string {
  if (!/%[0-9A-Fa-f]{2}/.test(text)) return text
  return text.replace(percentPiece, (piece) => {
    if (!piece.includes('%')) return piece
    const decoded = decodedPercent(piece)
    return decoded !== piece && search(decoded) ? mask(piece) : piece
  })
}

/** Byte by byte: one bad escape leaves the others readable. */
const decodedPercent = (piece: string): string =>
  Buffer.from(
    piece.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

/** Masks inside a text whose quotes are entities, and keeps them. */
export const throughEntities = (text: string, maskQuoted: (text: string) => string): string => {
  if (!text.includes('&quot;') || text.includes('"')) return text
  return maskQuoted(text.replaceAll('&quot;', '"')).replaceAll('"', '&quot;')
}
