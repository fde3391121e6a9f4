import { median, type Sample, slopeAMinute } from './growth.ts'
import type { FromChecker } from './messages.ts'
import type { Pusher } from './pusher.ts'
import type { ReaderCounts } from './readers.ts'

interface Run {
  readonly minutes: number
  readonly result: Extract<FromChecker, { kind: 'result' }>
  readonly counts: ReaderCounts
  readonly ended: { readonly killed: number; readonly stopped: number; readonly suspended: number }
  readonly writers: readonly Pusher[]
  readonly stateWrites: number
}

const mebibyte = 1024 * 1024

/** What a soak did and what the server held meanwhile, as text. */
export function report({ minutes, result, counts, ended, writers, stateWrites }: Run): string {
  const { samples } = result
  const total = (measure: (writer: Pusher) => number) => writers.reduce((sum, writer) => sum + measure(writer), 0)
  const line = (name: string, unit: string, measure: (sample: Sample) => number) => {
    const values = samples.map(measure)
    const figures = [median(values.slice(0, 5)), median(values.slice(-5)), Math.max(...values)].map((value) =>
      value.toFixed(1),
    )
    return `${name.padEnd(12)} begin ${figures[0]}, end ${figures[1]}, most ${figures[2]} ${unit}; ${slopeAMinute(samples, measure).toFixed(2)} a minute`
  }
  return [
    `${minutes} minutes: ${ended.killed} kills, ${ended.stopped} stops, ${ended.suspended} times suspended`,
    `${total(({ observations }) => observations)} records pushed, ${total(({ repeated }) => repeated)} requests repeated, ${total(({ badRecords }) => badRecords)} bad records, ${stateWrites} states written`,
    `${result.changes} changes followed over ${result.reconnects} reconnections, ${result.live} live resources, compared with a snapshot ${result.settles} times`,
    `${counts.streams} subscribers, ${counts.questions} questions`,
    `undisturbed, ${samples.length} samples:`,
    line('memory', 'MiB', ({ rssBytes }) => rssBytes / mebibyte),
    line('descriptors', '', ({ descriptors }) => descriptors),
    line('threads', '', ({ threads }) => threads),
    line('WAL', 'MiB', ({ walBytes }) => walBytes / mebibyte),
    line('data', 'MiB', ({ dataBytes }) => dataBytes / mebibyte),
  ].join('\n')
}
