import { createHash } from 'node:crypto'
import { VainoError } from '../model/errors.ts'

/** Where the next page of a list begins, and the position that all its pages show. */
export interface PageStart {
  readonly cursor: string
  /** The key or scope after which it begins. */
  readonly after: string
  /** The settled time that all its pages are as of, where a time was asked for. */
  readonly asOf?: string | null
  /** How many entries all pages have together, where that is known. */
  readonly total?: number | null
}

/** A short digest of what was asked, so that a page of one question isn't taken for a page of another. */
export const digestOf = (question: unknown): string =>
  createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 22)

export const encodePage = (start: PageStart, question: unknown): string =>
  Buffer.from(
    JSON.stringify([digestOf(question), start.cursor, start.after, start.asOf ?? '', `${start.total ?? ''}`]),
  ).toString('base64url')

/** @throws VainoError `bad_request` when it is no page token, or one of another question */
export function decodePage(text: string, question: unknown): PageStart {
  const hint = 'Take "page" from the answer before as it stands, and repeat the same filters with it.'
  const parts = partsOf(text)
  if (parts === null) throw new VainoError('bad_request', `"${text.slice(0, 80)}" is not a page`, { hint })
  const [digest, cursor, after, asOf = '', total = ''] = parts
  if (digest !== digestOf(question))
    throw new VainoError('bad_request', 'The page belongs to a question with other filters', { hint })
  return { cursor, after, asOf: asOf === '' ? null : asOf, total: total === '' ? null : Number(total) }
}

/** Tokens of an earlier vaino have no fourth part, or no fifth. */
function partsOf(text: string): [string, string, string, string?, string?] | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
  const isToken =
    Array.isArray(parsed) &&
    parsed.length >= 3 &&
    parsed.length <= 5 &&
    parsed.every((part) => typeof part === 'string')
  return isToken ? (parsed as [string, string, string, string?, string?]) : null
}
