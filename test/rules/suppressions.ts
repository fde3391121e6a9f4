import { everyMatch, isTypeScript, type SourceFile, type Violation } from './tree.ts'

// Put together, or this file would hold a suppression itself.
const suppression = new RegExp(`${['biome', 'ignore'].join('-')}(?:-all|-start)?\\b[^\\n]*`)

/** A linter's rule may be suppressed where the comment says why, in at least three words. */
export const suppressionViolations = (files: readonly SourceFile[]): Violation[] =>
  files
    .filter((file) => isTypeScript(file) && !file.path.startsWith('test/rules/'))
    .flatMap((file) =>
      everyMatch(file, file.text, suppression, (match) =>
        /\blint\/\w+\/\w+: \S+ \S+ \S+/.test(match) ? '' : `"${match}" gives no reason`,
      ),
    )
    .filter(({ problem }) => problem !== '')
