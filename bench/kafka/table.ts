import type { Measured } from './measure.ts'

const number = (value: number): string => Math.round(value).toLocaleString('en')
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0)

const columns = (name: string, rest: readonly string[]): string =>
  `${name.padEnd(30)}${rest.map((text) => text.padStart(12)).join('')}`

/** `cores` are those that the program and the broker kept busy together: what is left of the machine, they waited. */
const headings = [
  ...['obs/s', '×', 'CPU µs each', '+ broker', '×', 'cores'],
  ...['MB at most', '×', 'at the end', 'others'],
]

/** Of one load, what each contender did; the first of them is what the others are compared with. */
export function printLoad(load: string, rows: readonly { readonly name: string; readonly measured: Measured }[]): void {
  console.log(`\n${columns(load, headings)}`)
  const peer = rows[0]?.measured
  const ratio = (of: (measured: Measured) => number, measured: Measured): string =>
    peer === undefined ? '' : (of(measured) / of(peer)).toFixed(2)
  const rate = ({ observations, seconds }: Measured) => observations / seconds
  const cpu = ({ observations, cpuUs, brokerCpuUs }: Measured) => (cpuUs + brokerCpuUs) / observations
  const peak = ({ memory }: Measured) => memory.peakBytes
  for (const { name, measured } of rows) {
    const { observations, seconds, cpuUs, brokerCpuUs, memory, others } = measured
    const cells = [
      number(rate(measured)),
      ratio(rate, measured),
      (cpuUs / observations).toFixed(1),
      (brokerCpuUs / observations).toFixed(1),
      ratio(cpu, measured),
      ((cpuUs + brokerCpuUs) / 1e6 / seconds).toFixed(2),
      megabytes(memory.peakBytes),
      ratio(peak, measured),
      megabytes(memory.residentBytes),
      `${(others * 100).toFixed(0)} %`,
    ]
    console.log(columns(name, cells))
  }
}
