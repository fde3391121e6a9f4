/**
 * The walk over the bytes of JSON that finds where objects end: with vector instructions (`model/json-scan.wat`) beside the same
 * as a loop in JavaScript, interleaved in one run.
 *
 *   npm run bench -- json-scan [megabytes=60] [rounds=9]
 *
 * Resources of about 1 KiB, indented as VAINO writes them and without white space; each contestant splits the same bytes,
 * in chunks of 120 KiB, and both must find the same.
 */
import { ElementScanner } from '../model/json-element-scanner.ts'
import { maxScanBytes } from '../model/json-scan.ts'
import { NaiveElementScanner } from '../test/json/naive-element-scanner.ts'
import { benchResource, setting } from './estate/made-up.ts'
import { cpuMsOf, figure, median, ofRounds } from './report/figures.ts'

const megabytes = setting('megabytes', 60)
const rounds = setting('rounds', 9)

const fail = (at: number, what: string): never => {
  throw new Error(`byte ${at}: ${what}`)
}

/** One object a line, in chunks of whole lines. */
function chunksOf(indent: number | undefined): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let text = ''
  for (let n = 0, bytes = 0; bytes < megabytes * 1e6; n++) {
    const object = JSON.stringify(JSON.parse(benchResource(n % 50, n, n)), null, indent)
    if (text.length + object.length > maxScanBytes) {
      chunks.push(Buffer.from(text))
      text = ''
    }
    text += object
    bytes += object.length
  }
  return chunks
}

function splitAll(scanner: ElementScanner | NaiveElementScanner, chunks: readonly Uint8Array[]): string {
  let objects = 0
  let marks = 0
  for (const chunk of chunks) {
    if (scanner instanceof ElementScanner) scanner.next()
    for (let at = 0; at < chunk.length; objects++) {
      scanner.begin()
      at = scanner.scan(chunk, at, at)
      marks += scanner.markCount
    }
  }
  return `${objects} objects, ${marks} strings directly in them`
}

for (const [title, indent] of [
  ['indented', 2],
  ['without white space', undefined],
] as const) {
  const chunks = chunksOf(indent)
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
  const loop: number[] = []
  const vector: number[] = []
  for (let round = 0; round < rounds; round++) {
    const [loopMs, expected] = cpuMsOf(() => splitAll(new NaiveElementScanner(fail), chunks))
    const [vectorMs, found] = cpuMsOf(() => splitAll(new ElementScanner(fail), chunks))
    if (found !== expected) throw new Error(`${found}, and not ${expected}`)
    loop.push(loopMs)
    vector.push(vectorMs)
  }
  const gigabytes = (times: readonly number[]) => times.map((ms) => bytes / 1e6 / ms)
  const rate = (times: readonly number[]) => `${median(gigabytes(times)).toFixed(2)} GB/s`
  const ratios = ofRounds(loop.map((ms, round) => ms / (vector[round] ?? Number.NaN)))
  const shown = [ratios.value, ...(ratios.spread ?? [])].map((ratio) => ratio.toFixed(2))
  console.log(
    `${title.padEnd(20)} loop ${rate(loop)}   vector instructions ${rate(vector)}   ${shown[0]}× (${shown[1]}–${shown[2]})`,
  )
  const peer = { name: 'a loop over bytes', value: median(gigabytes(loop)) }
  figure({ what: `objects, ${title}`, ...ofRounds(gigabytes(vector)), unit: 'GB/s', better: 'higher', peer })
}
