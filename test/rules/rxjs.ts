import { importsOf } from './imports.ts'
import { isShipped, type SourceFile, type Violation } from './tree.ts'

/** RxJS operators and sources that keep what they can't hand on: without a bound of their own, a fast source fills the memory. */
const unbounded = new Set([
  ...['mergeMap', 'flatMap', 'mergeAll', 'mergeScan', 'concatMap', 'concatAll', 'switchMap', 'switchAll', 'exhaustMap'],
  ...[
    'exhaustAll',
    'expand',
    'mergeWith',
    'concatWith',
    'merge',
    'concat',
    'zip',
    'zipWith',
    'combineLatest',
    'forkJoin',
  ],
  ...['buffer', 'bufferCount', 'bufferTime', 'bufferToggle', 'bufferWhen', 'window', 'windowCount', 'windowTime'],
  ...['windowToggle', 'windowWhen', 'groupBy', 'distinct', 'shareReplay', 'ReplaySubject', 'toArray', 'delay'],
  ...['delayWhen', 'observeOn', 'subscribeOn', 'from'],
])

/** A comment that says why what is used here stays within a bound. */
const hasReason = (text: string): boolean => /(?:\/\/|\*)[^\n]*\bbounded: \S/.test(text)

/** An operator that queues may be used where a comment says what bounds it. */
export const unboundedViolations = (files: readonly SourceFile[]): Violation[] =>
  files.filter(isShipped).flatMap((file) =>
    importsOf(file)
      .filter(({ target, isType }) => target === 'rxjs' && !isType)
      .flatMap(({ names, line }) => {
        const taken = names.filter((name) => unbounded.has(name) || name === '*')
        if (taken.length === 0 || hasReason(file.text)) return []
        const problem = `${taken.join(', ')} of RxJS can queue without bound; say in a comment "bounded: why"`
        return [{ path: file.path, line, problem }]
      }),
  )

/**
 * RxJS types in what a module exports, inferred ones too.
 * @param declarations the compiler's `.d.ts` of each file, under the file's own path
 */
export const publicTypeViolations = (declarations: readonly SourceFile[]): Violation[] =>
  declarations
    .filter(({ path, text }) => !path.startsWith('operators/') && /(?:from|import\()\s*["']rxjs["']/.test(text))
    .map(({ path }) => ({ path, problem: 'an RxJS type is in what it exports' }))
