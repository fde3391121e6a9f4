import path from 'node:path'
import { lineAt, type SourceFile } from './tree.ts'

export interface Import {
  readonly line: number
  /** A path in the repository, or a package's or module's name. */
  readonly target: string
  readonly isOurs: boolean
  /** Only types are taken, so nothing is there when it runs. */
  readonly isType: boolean
  /** The names taken from it; `*` for all of them. */
  readonly names: readonly string[]
}

const statement = /^(?:import|export)\s+(type\s+)?([^'"`;]*?)\s*from\s*['"]([^'"]+)['"]/gm
const bare = /^import\s*['"]([^'"]+)['"]/gm
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
const worker = /new URL\(\s*['"](\.[^'"]+\.ts)['"]\s*,\s*import\.meta\.url/g

const packageOf = (specifier: string): string => {
  if (specifier.startsWith('node:') || specifier.startsWith('bun:')) return specifier
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

const namesIn = (clause: string): string[] => {
  const braces = /\{([^}]*)\}/.exec(clause)
  const named = (braces?.[1] ?? '').split(',').map((name) => name.trim().replace(/\s+as\s+.*/, ''))
  const whole = clause
    .replace(/\{[^}]*\}/, '')
    .replaceAll(',', '')
    .trim()
  return [...named, ...(whole === '' ? [] : ['*'])].filter((name) => name !== '')
}

/** What a file imports, re-exports, loads later or starts as a worker. */
export function importsOf(file: SourceFile): Import[] {
  const resolve = (specifier: string) =>
    specifier.startsWith('.')
      ? { target: path.posix.normalize(path.posix.join(path.posix.dirname(file.path), specifier)), isOurs: true }
      : { target: packageOf(specifier), isOurs: false }
  const line = (match: RegExpExecArray) => lineAt(file.text, match.index)
  const statements = [...file.text.matchAll(statement)].map((match): Import => {
    const names = namesIn(match[2] ?? '')
    const isType = match[1] !== undefined || (names.length > 0 && names.every((name) => name.startsWith('type ')))
    const plain = names.map((name) => name.replace(/^type /, ''))
    return { line: line(match), ...resolve(match[3] ?? ''), isType, names: plain }
  })
  const others = [bare, dynamic, worker].flatMap((pattern) =>
    [...file.text.matchAll(pattern)].map(
      (match): Import => ({ line: line(match), ...resolve(match[1] ?? ''), isType: false, names: ['*'] }),
    ),
  )
  return [...statements, ...others]
}
