/** A stream and how far its reader is; offsets. Null: not known now. */
export interface StreamPosition {
  /** As a message calls it: `the input`. Its partitions have the same. */
  readonly stream: string
  readonly partition: number
  readonly done: number | null
  readonly end: number | null
}

export interface LagWatchParts {
  /** Behind by more than this is a lag, milliseconds. */
  readonly afterMs: number
  readonly streams: () => readonly StreamPosition[]
  /** The feeds of sources, with the age of the oldest message that each received last. */
  readonly feeds: () => readonly { readonly source: string; readonly lagMs: number }[]
}

/** `unknown`: nothing is known to be behind, and something could not be looked at, or not for long enough. */
export type Lag = { readonly state: 'none' | 'unknown' } | { readonly state: 'behind'; readonly message: string }

interface Sample {
  readonly atMs: number
  readonly end: number
}

/** Samples that are kept of a partition: beyond that every second one goes. */
const maxSamples = 256
/** Streams that a message names. */
const maxNamed = 3

/**
 * Tells streams that are behind by time from ones that are behind by messages: a reader is behind since the end of its stream first lay beyond where
 * it is now. Looks must come now and then; between two of them nothing is known, so a lag is measured too short by that at most.
 */
export class LagWatch {
  readonly #parts: LagWatchParts
  readonly #samples = new Map<string, Sample[]>()

  constructor(parts: LagWatchParts) {
    this.#parts = parts
  }

  /** @param nowMs of a clock that nobody sets */
  look(nowMs: number): Lag {
    const { afterMs, streams, feeds } = this.#parts
    const behind = new Map<string, number>()
    let isKnown = true
    for (const position of streams()) {
      const ms = this.#behindMs(position, nowMs)
      // What is behind, and not for that long yet, may have been so before this process began.
      if (ms === null || (ms > 0 && ms <= afterMs)) isKnown = false
      else if (ms > afterMs) behind.set(position.stream, (behind.get(position.stream) ?? 0) + 1)
    }
    const late = feeds().filter(({ lagMs }) => lagMs > afterMs)
    const named = [
      ...[...behind].map(([stream, count]) => `${stream} in ${count} ${count === 1 ? 'partition' : 'partitions'}`),
      ...late.map(({ source }) => `the events of ${source}`),
    ]
    if (named.length === 0) return { state: isKnown ? 'none' : 'unknown' }
    const more = named.length > maxNamed ? ` and ${named.length - maxNamed} more` : ''
    const text = `behind by more than ${afterMs / 1000} s: ${named.slice(0, maxNamed).join(', ')}${more}`
    return { state: 'behind', message: text }
  }

  /** How long a reader has been behind what its stream holds; null where that is not known. */
  #behindMs({ stream, partition, done, end }: StreamPosition, nowMs: number): number | null {
    if (done === null || end === null) return null
    const name = `${stream}/${partition}`
    // An end that lies before an older one is that of a stream that was begun anew.
    const samples = (this.#samples.get(name) ?? []).filter((sample) => sample.end > done && sample.end <= end)
    const last = samples.at(-1)
    if (end > done && (last === undefined || last.end < end)) samples.push({ atMs: nowMs, end })
    const kept = samples.length <= maxSamples ? samples : samples.filter((_, at) => at % 2 === 0)
    this.#samples.set(name, kept)
    const [first] = kept
    return first === undefined ? 0 : Math.max(nowMs - first.atMs, 1)
  }
}
