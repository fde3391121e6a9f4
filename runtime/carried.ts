/** A module that is loaded when it is asked for. */
type Load = () => Promise<Record<string, unknown>>

/** What the one-file program has inside of it, because no sources and no packages stand beside it. */
export interface Carried {
  /** Entries of the worker threads, as the runtime finds them inside of the program. */
  readonly workers: Readonly<Record<'embedded' | 'kafka', string>>
  /** The built pages, name → text. */
  pages(): Promise<Readonly<Record<string, string>>>
  /** The files of the example, path → text. */
  estate(): Promise<Readonly<Record<string, string>>>
  /** AWS's clients by service, beside `credentials` and `http`. */
  readonly aws: Readonly<Record<string, Load>>
  /** Packages with native code: a bundler finds them only by a `require` of its own. */
  native(name: string): unknown
}

/** `null` where vaino runs from its sources. `scripts/release` puts another module in the place of this one. */
export const carried: Carried | null = null as Carried | null
