/** What a process and its data directory hold at one moment, as another process sees them. */
export interface Sample {
  /** Milliseconds since the run began. */
  readonly atMs: number
  /** Which start of the server it is of. */
  readonly life: number
  readonly rssBytes: number
  readonly descriptors: number
  readonly threads: number
  readonly walBytes: number
  readonly dataBytes: number
  /** Files that are neither vaino's known ones nor temporary files of its own that end with it. */
  readonly strayFiles: number
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** What may grow in a process that leaks nothing: noise of the collector, of connections that come and go. */
const slack = {
  rssBytes: { share: 0.1, more: 24 * 1024 * 1024 },
  descriptors: { share: 0, more: 10 },
  threads: { share: 0, more: 2 },
}

/** Fewer samples than this say nothing. */
const fewest = 9

/**
 * Where a process that should be flat grows. The first third of the samples is its warming up; the median of the last third is
 * compared with that of the second, so that neither a single peak nor a single collection decides.
 * @returns a line for what grew
 */
export function growth(samples: readonly Sample[]): string[] {
  if (samples.length < fewest) return [`${samples.length} samples of one undisturbed life are too few to judge growth`]
  const third = Math.floor(samples.length / 3)
  const [second, last] = [samples.slice(third, 2 * third), samples.slice(-third)]
  return (['rssBytes', 'descriptors', 'threads'] as const).flatMap((what) => {
    const [before, after] = [second, last].map((part) => median(part.map((sample) => sample[what]))) as [number, number]
    const { share, more } = slack[what]
    return after > before * (1 + share) + more ? [`${what} grew from ${before} to ${after}`] : []
  })
}

/** Least-squares slope of a value over time. @returns units a minute */
export function slopeAMinute(samples: readonly Sample[], measure: (sample: Sample) => number): number {
  const meanX = samples.reduce((sum, { atMs }) => sum + atMs, 0) / samples.length
  const meanY = samples.reduce((sum, sample) => sum + measure(sample), 0) / samples.length
  let above = 0
  let below = 0
  for (const sample of samples) {
    above += (sample.atMs - meanX) * (measure(sample) - meanY)
    below += (sample.atMs - meanX) ** 2
  }
  return below === 0 ? 0 : (above / below) * 60_000
}
