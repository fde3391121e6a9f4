import { existsSync } from 'node:fs'
import path from 'node:path'
import { lineAt, type SourceFile, type Violation } from './tree.ts'

const link = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g

const withoutCode = (text: string): string =>
  text
    .replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ' '))
    .replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length))

/** A heading's anchor, as GitHub makes it. */
export const anchorOf = (heading: string): string =>
  heading
    .replace(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

const anchorsIn = (text: string): string[] =>
  [...text.matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** Every link inside the repository leads somewhere. */
export function linkViolations(files: readonly SourceFile[], root: string): Violation[] {
  const pages = files.filter((file) => file.path.endsWith('.md'))
  const textOf = new Map(pages.map((page) => [page.path, page.text]))
  const problemOf = (page: SourceFile, target: string): string | null => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return null
    const [file = '', anchor] = target.split('#')
    const resolved =
      file === '' ? page.path : path.posix.normalize(path.posix.join(path.posix.dirname(page.path), file))
    if (!textOf.has(resolved) && !existsSync(path.join(root, resolved))) return `${target} is not there`
    if (anchor === undefined) return null
    const headings = textOf.get(resolved)
    return headings === undefined || anchorsIn(headings).includes(anchor) ? null : `${target}: no such heading`
  }
  return pages.flatMap((page) =>
    [...withoutCode(page.text).matchAll(link)].flatMap((match) => {
      const problem = problemOf(page, match[1] ?? '')
      return problem === null ? [] : [{ path: page.path, line: lineAt(page.text, match.index), problem }]
    }),
  )
}
