import { appendFileSync } from 'node:fs'
import { basename } from 'node:path'

/** One figure of a benchmark, beside what it is compared with in the same run. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly better: 'higher' | 'lower'
  /** Lowest and highest of the rounds that `value` is the median of. */
  readonly spread?: readonly [low: number, high: number]
  readonly peer?: { readonly name: string; readonly value: number }
  /** Highest resident memory and processor time of what was measured. */
  readonly peakMB?: number
  readonly cpuSeconds?: number
}

/** A {@link Figure} as it stands in a run's file. */
export interface RecordedFigure extends Figure {
  readonly bench: string
}

/** Keeps a figure for the table of a run of all benchmarks, which names its file in `BENCH_FIGURES`; without one it does nothing. */
export function figure(of: Figure): void {
  const file = process.env.BENCH_FIGURES
  if (file === undefined) return
  const recorded: RecordedFigure = { bench: basename(process.argv[1] ?? '', '.ts'), ...of }
  appendFileSync(file, `${JSON.stringify(recorded)}\n`)
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** The median of several rounds, with the lowest and the highest. */
export const ofRounds = (values: readonly number[]): Pick<Figure, 'value' | 'spread'> => ({
  value: median(values),
  spread: [Math.min(...values), Math.max(...values)],
})

/** Processor time of this process for a piece of work, milliseconds. */
export function cpuMsOf<T>(work: () => T): readonly [ms: number, result: T] {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1000, result]
}
