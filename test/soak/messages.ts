import type { Sample } from './growth.ts'

/** What the soak says to its checker, a JSON object a line. */
export type ToChecker =
  | { readonly kind: 'up'; readonly url: string; readonly pid: number }
  | { readonly kind: 'down' }
  /** The last `n` of keys that an acknowledged request brought. */
  | { readonly kind: 'acknowledged'; readonly keys: readonly (readonly [key: string, n: number])[] }
  /** Resources that will be reported as gone. */
  | { readonly kind: 'leaving'; readonly keys: readonly string[] }
  /** Nothing is sent now: the log must come to its end, and the state be equal to it. */
  | { readonly kind: 'settle'; readonly deadLetters: number }
  /** From now on nothing disturbs the server: what it holds must not grow. */
  | { readonly kind: 'undisturbed' }
  | { readonly kind: 'end' }

/** What the checker answers, a JSON object a line. */
export type FromChecker =
  | { readonly kind: 'settled' }
  | {
      readonly kind: 'result'
      readonly problems: readonly string[]
      readonly changes: number
      readonly live: number
      readonly settles: number
      readonly reconnects: number
      readonly samples: readonly Sample[]
    }

export interface CheckerSettings {
  readonly dataDir: string
  /** The server's folder for temporary files. */
  readonly temporary: string
  /** A text that stands in secrets only, so that it must come out nowhere. */
  readonly secret: string
  /** Resident memory that the server may have at most. */
  readonly maxRssBytes: number
}
