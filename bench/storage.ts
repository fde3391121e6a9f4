/**
 * Saving and listing, one after the other and at once, durable: what VAINO's document promises of concurrent storage.
 *
 *   npm run bench -- storage [scopes=400] [resources=50] [rounds=3]
 *
 * Save: a complete scan of each scope, each a request of its own, acknowledged after the fsync. List: all live resources, scope by
 * scope through one filter each, and in one pass over everything.
 */

import type { Filter } from '../model/filter.ts'
import type { Scope } from '../model/scope.ts'
import type { RunningEngine } from '../pipeline/running-engine.ts'
import { benchEngine, scansOf, sendScans } from './estate/bench-engine.ts'
import { benchScope, setting } from './estate/made-up.ts'
import { figure, median, ofRounds } from './report/figures.ts'

const scopes = setting('scopes', 400)
const perScope = setting('resources', 50)
const rounds = setting('rounds', 3)
const total = scopes * perScope

/** The median and the spread of each contestant, beside the first. */
function report(what: string, rates: ReadonlyMap<string, readonly number[]>): void {
  const [first] = [...rates.keys()]
  const base = median(rates.get(first ?? '') ?? [])
  for (const [how, of] of rates) {
    const rate = median(of)
    console.log(
      `${`${what}, ${how}`.padEnd(32)} ${Math.round(rate).toLocaleString('en')} resources/s   ${(rate / base).toFixed(2)}×`,
    )
    const peer = how === first ? {} : { peer: { name: first ?? '', value: base } }
    figure({ what: `${what}, ${how}`, ...ofRounds(of), unit: 'resources/s', better: 'higher', ...peer })
  }
}

const add = (rates: Map<string, number[]>, how: string, rate: number) =>
  rates.set(how, [...(rates.get(how) ?? []), rate])

function list(engine: RunningEngine, filters: readonly Filter[]): number {
  const startedAt = performance.now()
  let listed = 0
  const at = engine.reader.head()
  for (const filter of filters) for (const item of engine.reader.items(at, filter)) if (item !== null) listed++
  if (listed !== total) throw new Error(`${listed} of ${total} were listed`)
  return total / ((performance.now() - startedAt) / 1000)
}

const byScope = Array.from({ length: scopes }, (_, scope): Filter => ({ scope: benchScope(scope) as Scope }))
const saved = new Map<string, number[]>()
const listed = new Map<string, number[]>()
for (let round = 0; round < rounds; round++) {
  const scans = scansOf(scopes, perScope, round, () => 0)
  for (const [how, atOnce] of [
    ['one after the other', 1],
    ['64 at once', 64],
  ] as const) {
    await using opened = await benchEngine()
    add(saved, how, total / (await sendScans(opened.engine, scans, atOnce)).seconds)
    if (atOnce === 1) continue
    add(listed, 'scope by scope', list(opened.engine, byScope))
    add(listed, 'in one pass', list(opened.engine, [{}]))
  }
}
console.log(`${total.toLocaleString('en')} resources in ${scopes} scopes`)
report('save', saved)
report('list', listed)
process.exit(0)
