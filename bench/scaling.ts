/**
 * How the differences of 1,000 to 200,000 resources are found by 1 to 16 worker threads, durable: a complete scan of every scope in
 * which 2 % has changed, sent 64 scopes at once to an engine of 16 partitions.
 *
 *   npm run bench -- scaling [rounds=3] [most=200000]
 *
 * Each number of workers has an engine of its own, and its rounds follow one another. More workers than cores show what the threads themselves cost.
 */
import { availableParallelism } from 'node:os'
import { benchEngine, scansOf, sendScans } from './estate/bench-engine.ts'
import { setting } from './estate/made-up.ts'
import { figure, median, ofRounds } from './report/figures.ts'

const rounds = setting('rounds', 3)
const most = setting('most', 200_000)
const atOnce = 64

console.log(`${availableParallelism()} cores; resources a second, 2 % changed`)
for (const keys of [1_000, 10_000, 50_000, 200_000].filter((size) => size <= most)) {
  const scopes = Math.min(1_000, keys / 20)
  const perScope = keys / scopes
  const rates = new Map<number, number[]>()
  for (const workers of [1, 2, 4, 8, 16]) {
    await using opened = await benchEngine({ workers, partitions: 16 })
    await sendScans(
      opened.engine,
      scansOf(scopes, perScope, 0, () => 0),
      atOnce,
    )
    for (let round = 1; round <= rounds; round++) {
      const scans = scansOf(scopes, perScope, round, (n) => (n % 50 === 0 ? round : 0))
      const { seconds, changes } = await sendScans(opened.engine, scans, atOnce)
      if (changes === 0) throw new Error('nothing has changed')
      rates.set(workers, [...(rates.get(workers) ?? []), keys / seconds])
    }
  }
  const one = median(rates.get(1) ?? [])
  const shown = [...rates].map(
    ([workers, of]) => `${workers}: ${Math.round(median(of)).toLocaleString('en')} (${(median(of) / one).toFixed(2)}×)`,
  )
  console.log(`${keys.toLocaleString('en').padStart(8)} resources, by workers   ${shown.join('   ')}`)
  for (const [workers, of] of rates) {
    figure({
      what: `${keys.toLocaleString('en')} resources, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
      ...ofRounds(of),
      unit: 'obs/s',
      better: 'higher',
      ...(workers > 1 && { peer: { name: '1 worker', value: one } }),
    })
  }
}
process.exit(0)
