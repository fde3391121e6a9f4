import type { RecordedFigure } from './figures.ts'

/** What a run was made on, and when. */
export interface Machine {
  readonly at: string
  readonly processor: string
  readonly cores: number
  readonly memoryGB: number
  readonly system: string
  readonly runtime: string
  readonly revision: string
  /** Load average of the minute before the run: what others took. */
  readonly loadBefore: number
}

/** A benchmark that was started: how long it took, and how it ended where not well. */
export interface Run {
  readonly name: string
  readonly settings: readonly string[]
  readonly seconds: number
  readonly failure: string | null
}

/** Three significant digits, or whole numbers above a thousand. */
function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

const cells = (values: readonly string[]): string => `| ${values.join(' | ')} |`

/** How many times better than its peer: above 1 vaino is ahead, whatever the unit. */
const timesBetter = ({ value, better, peer }: RecordedFigure): number =>
  peer === undefined ? Number.NaN : better === 'higher' ? value / peer.value : peer.value / value

const row = (of: RecordedFigure): string =>
  cells([
    of.what,
    `${short(of.value)} ${of.unit}`,
    of.spread === undefined ? '' : `${short(of.spread[0])}–${short(of.spread[1])}`,
    of.peer === undefined ? '' : `${of.peer.name}: ${short(of.peer.value)} ${of.unit}`,
    of.peer === undefined ? '' : `${short(timesBetter(of))}×`,
    of.peakMB === undefined ? '' : `${short(of.peakMB)} MB`,
    of.cpuSeconds === undefined ? '' : `${short(of.cpuSeconds)} s`,
  ])

/** `bench/RESULTS.md` of one run. */
export function resultsPage(machine: Machine, runs: readonly Run[], figures: readonly RecordedFigure[]): string {
  const parts = [
    '# Results of `npm run bench`',
    `Written by the tool; a run of its own on your machine replaces it. ${machine.at}, revision ${machine.revision}: ${machine.processor}, ${machine.cores} cores,
${machine.memoryGB} GB, ${machine.system}, ${machine.runtime}; load average of the minute before ${machine.loadBefore.toFixed(2)}. A peer ran in the same run, in turn; × says how many times better vaino is, so below 1 the peer is.`,
  ]
  for (const { name, settings, seconds, failure } of runs) {
    parts.push(`## ${[name, ...settings].join(' ')}`)
    const own = figures.filter(({ bench }) => bench === name)
    if (failure !== null) parts.push(`Failed after ${seconds.toFixed(0)} s: ${failure}`)
    if (own.length > 0) {
      const head = ['', 'median', 'of rounds', 'peer', '×', 'memory at most', 'processor time']
      parts.push([cells(head), cells(head.map(() => '---')), ...own.map(row)].join('\n'))
    }
    parts.push(`Took ${seconds.toFixed(0)} s.`)
  }
  return `${parts.join('\n\n')}\n`
}
