import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** One text file of the repository. */
export interface SourceFile {
  /** In the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** What a rule found: where, and what is wrong. */
export interface Violation {
  readonly path: string
  readonly line?: number
  readonly problem: string
}

const skippedFolders = new Set(['node_modules', '.git', '.cache', '.vaino', 'dist', 'coverage', 'states'])
const textFile = /\.(tsx?|mjs|js|md|json|yaml|yml|toml|sh|html|css|tf|svg)$|^(vaino|run|LICENSE|\.gitignore)$/

/** Every text file under a folder; the states of the example are data, and what is installed or built is not ours. */
export function readTree(root: string, folder = ''): SourceFile[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name)
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : readTree(root, name)
    if (!entry.isFile() || !textFile.test(entry.name)) return []
    return [{ path: name, text: readFileSync(path.join(root, name), 'utf8') }]
  })
}

export const isTest = ({ path: file }: SourceFile): boolean =>
  /\.(?:test|case)\.ts$/.test(file) || file.startsWith('test/')
export const isTypeScript = ({ path: file }: SourceFile): boolean => /\.tsx?$/.test(file)
/** The code that ships: the layers. */
export const isShipped = (file: SourceFile): boolean =>
  isTypeScript(file) && !isTest(file) && /^(model|operators|storage|connectors|pipeline|api|cli|web)\//.test(file.path)

export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length

/** Every match of a pattern in a file as a violation. */
export const everyMatch = (file: SourceFile, text: string, pattern: RegExp, problem: (match: string) => string) =>
  [...text.matchAll(new RegExp(pattern, `g${pattern.flags.replace('g', '')}`))].map(
    (match): Violation => ({ path: file.path, line: lineAt(text, match.index), problem: problem(match[0].trim()) }),
  )

/** Violations as lines of a test's failure. */
export const describe = (found: readonly Violation[]): string[] =>
  found.map(({ path: file, line, problem }) => `${file}${line === undefined ? '' : `:${line}`}: ${problem}`)
