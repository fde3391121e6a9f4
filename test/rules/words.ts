import path from 'node:path'
import { codeOnly } from './code-only.ts'
import { everyMatch, isShipped, isTest, isTypeScript, type SourceFile, type Violation } from './tree.ts'

/** The file in which Bun and Deno differ. */
const bunFiles = new Set(['runtime/runtime.ts'])

interface WordRule {
  readonly pattern: RegExp
  readonly applies: (file: SourceFile) => boolean
  readonly problem: (match: string) => string
}

/** Words that may not stand in code; comments and texts don't count. */
const inCode: readonly WordRule[] = [
  {
    pattern: /\bBun\b/,
    applies: (file) => isShipped(file) && !bunFiles.has(file.path),
    problem: () => `Bun's own API is called in ${[...bunFiles].join(', ')} alone`,
  },
  {
    pattern: /\bconsole\.\w+/,
    applies: (file) => isShipped(file) && !file.path.startsWith('cli/'),
    problem: (match) => `${match} outside cli/; say it by an event of the telemetry`,
  },
  {
    pattern: /\bprocess\.exit\(/,
    // In a worker it ends the thread.
    applies: (file) => isShipped(file) && !file.path.startsWith('cli/') && file.path !== 'pipeline/threads/faults.ts',
    problem: () => 'only cli/ ends the process',
  },
  {
    pattern: /\b(?:test|it|describe)\.only\b/,
    applies: isTypeScript,
    problem: (match) => `${match} leaves the other tests out`,
  },
]

const marker = ['TO', 'DO'].join('')
/** Words that may stand nowhere, comments and texts included. */
const anywhere: readonly WordRule[] = [
  {
    pattern: new RegExp(
      `\\b(?:${marker}|${['FIX', 'ME'].join('')}|${['XX', 'X'].join('')}|${['HA', 'CK'].join('')})\\b`,
    ),
    applies: () => true,
    problem: (match) => `${match}: do it, or leave it and say so in an issue`,
  },
  {
    pattern: /@ts-(?:ignore|nocheck|expect-error)/,
    applies: (file) => isShipped(file),
    problem: (match) => `${match} hides an error`,
  },
  {
    pattern: /biome-ignore lint\/(?:suspicious\/noExplicitAny|style\/noNonNullAssertion)/,
    applies: isTypeScript,
    problem: () => 'the two rules that have no exception: any, and !',
  },
  {
    pattern: /catch(?:\s*\(\w+\))?\s*\{\s*\}/,
    applies: (file) => isShipped(file),
    problem: () => 'an error is swallowed; handle it, or say in a comment why it may be',
  },
  {
    pattern:
      /registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com|\bpypi\.org|files\.pythonhosted\.org|proxy\.golang\.org|repo1?\.maven\.org/,
    applies: (file) => !isTest(file),
    problem: (match) => `${match}: which registry to use is the machine's business`,
  },
  {
    pattern: /(?<![\w./-])\/(?:work|root|home\/\w+|Users\/\w+)\/[\w.]/,
    applies: (file) => !isTest(file),
    problem: (match) => `${match}… is a path of somebody's machine`,
  },
]

const apply = (files: readonly SourceFile[], rules: readonly WordRule[], textOf: (file: SourceFile) => string) =>
  files.flatMap((file) =>
    rules
      .filter(({ applies }) => applies(file))
      .flatMap(({ pattern, problem }) => everyMatch(file, textOf(file), pattern, problem)),
  )

/** Words that the code base does without. */
export const wordViolations = (files: readonly SourceFile[]): Violation[] => [
  ...apply(files.filter(isTypeScript), inCode, (file) => codeOnly(file.text)),
  ...apply(files, anywhere, (file) => file.text),
]

const emptyNames = /(?:^|[-./])(?:utils?|helpers?|managers?|common|misc|stuff)(?=[-./]|$)/i

/** Names that say nothing. */
export const nameViolations = (files: readonly SourceFile[]): Violation[] =>
  files
    .filter(({ path: file }) => emptyNames.test(file.replace(/\.[a-z]+$/, '')))
    .map(({ path: file }) => ({ path: file, problem: 'its name does not say what is in it' }))

export const maxLines = 250
/** A table of cases may be longer than a module. */
const maxTestLines = 400

/** A file is one idea; a longer one opens with a comment that says "long because …". */
export const lengthViolations = (files: readonly SourceFile[]): Violation[] =>
  files
    .filter((file) => ['.ts', '.tsx', '.mjs'].includes(path.extname(file.path)))
    .flatMap(({ path: file, text }) => {
      const limit = file.endsWith('.test.ts') ? maxTestLines : maxLines
      const lines = text.split('\n').length
      const opening = /^(?:#![^\n]*\n)?\s*(?:\/\*\*?[\s\S]*?\*\/|(?:\/\/[^\n]*\n)+)/.exec(text)?.[0] ?? ''
      const isJustified = /long because \S/i.test(opening)
      return lines <= limit || isJustified
        ? []
        : [{ path: file, problem: `${lines} lines, and no reason for it on top` }]
    })
