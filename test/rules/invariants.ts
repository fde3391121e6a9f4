import { lineAt, type SourceFile, type Violation } from './tree.ts'

export const invariantsFile = 'docs/INVARIANTS.md'

const titled = /\b(?:test|it)(?:\.\w+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?)*\(\s*(['"`])((?:I\d+)(?:, I\d+)*): /g

/** The invariants that a test's title names: `I5: …`, or `I2, I11: …`. */
const namedIn = ({ path, text }: SourceFile) =>
  [...text.matchAll(titled)].flatMap((match) =>
    (match[2] ?? '').split(', ').map((invariant) => ({ path, line: lineAt(text, match.index), invariant })),
  )

const declaredIn = (text: string): string[] => [...text.matchAll(/^\*\*(I\d+)\*\*/gm)].map(([, name]) => name ?? '')

/** Every invariant has a test that names it, and no test names another. */
export function invariantViolations(files: readonly SourceFile[]): Violation[] {
  const declared = declaredIn(files.find(({ path }) => path === invariantsFile)?.text ?? '')
  const named = files.filter(({ path }) => path.endsWith('.test.ts')).flatMap(namedIn)
  const untested = declared
    .filter((one) => !named.some(({ invariant }) => invariant === one))
    .map((one) => ({ path: invariantsFile, problem: `no test is titled "${one}: …"` }))
  const unknown = named
    .filter(({ invariant }) => !declared.includes(invariant))
    .map(({ path, line, invariant }) => ({ path, line, problem: `${invariant} is not in ${invariantsFile}` }))
  const twice = declared
    .filter((one, index) => declared.indexOf(one) !== index)
    .map((one) => ({ path: invariantsFile, problem: `${one} stands there twice` }))
  return [...untested, ...unknown, ...twice]
}
