import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Filter } from '../model/filter.ts'
import { compileRules, type Rules } from '../model/rules.ts'
import type { Scope } from '../model/scope.ts'
import { coverageOf, noCounts } from '../pipeline/drift/coverage.ts'
import { DriftCounter } from '../pipeline/drift/drift-counter.ts'
import { type After, countsOf, listed } from '../pipeline/drift/drift-list.ts'
import { JudgedDrift } from '../pipeline/drift/judged-drift.ts'
import { type JudgedItem, judgedItem } from '../pipeline/drift/judged-item.ts'
import { narrowedItems } from '../pipeline/drift/narrowed-items.ts'
import type { Why } from '../pipeline/drift/why.ts'
import type { DriftPair } from '../storage/drift/drift-rows.ts'
import { DriftStore } from '../storage/drift/drift-store.ts'
import { runs } from '../test/property.ts'
import { temporaryFolder } from '../test/terraform/temporary-folder.ts'
import { type DriftQuery, narrowingOf, wantedItems } from './drift-query.ts'

const states = ['terraform/b/-/state', 'terraform/a/-/state', 'aws/1/eu/aws_vm', 'aws/1/eu'] as const
const addresses = ['toy_web.a', 'toy_db.a', 'i-0abc'] as const
const statuses = ['in_sync', 'changed', 'missing', 'unmanaged', 'unknown', 'part'] as const
const maybe = <T>(...values: T[]) => fc.constantFrom(null, ...values)
const times = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'] as const
const why: Why = { reason: 'denied', message: 'no', hint: null }

const change = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ kind: fc.constant('put' as const), state: fc.nat({ max: 2 }), address: fc.constantFrom(...addresses) },
      ...{ status: fc.constantFrom(...statuses), tier: maybe('state', 'since_apply'), since: maybe(...times) },
      ...{ reason: maybe('stale', 'fields_not_read'), provider: fc.constantFrom('aws', 'toy') },
      ...{ type: fc.constantFrom('toy_web', 'toy_db'), account: maybe('1', '2'), region: maybe('eu') },
      ...{ namespace: maybe('eu', 'shop'), name: maybe('Web', 'db'), team: maybe('Shop', 'x') },
      field: maybe('size', 'deletion_protection'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      ...{ kind: fc.constantFrom('remove', 'unread', 'unread', 'read', 'read') },
      ...{ state: fc.nat({ max: 2 }), address: fc.constantFrom(...addresses) },
    }),
  },
  fc.record({ kind: fc.constant('problem' as const), state: fc.nat({ max: 3 }), isKnown: fc.boolean() }),
  fc.record({ kind: fc.constant('rules' as const), rules: fc.nat({ max: 3 }) }),
)
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never

const some = (...values: string[]) => fc.subarray(values, { minLength: 1 }).map((list) => list.join(','))
const asked = fc.record(
  {
    ...{ status: some(...statuses.slice(0, 5)), tier: some('state', 'since_apply'), severity: some('high', 'low') },
    ...{ state: fc.constantFrom(...states), include_suppressed: fc.constantFrom('true', 'false') },
    filter: fc.record(
      {
        ...{ provider: fc.constantFrom('aws'), account: fc.constantFrom('1', '-'), type: fc.constantFrom('toy_web') },
        ...{ location: fc.constantFrom('eu', '-'), scope: fc.constantFrom(...states, 'terraform/a/-/live') },
        ...{ q: fc.constantFrom('WEB', 'team=sh', 'nothing'), name: fc.constantFrom('Web', 'web') },
        key: fc.constantFrom('terraform/a/-/live/toy_web.a', 'terraform/a/-/state/toy_db.a', 'aws/1/eu/aws_vm/i-0abc'),
        key_prefix: fc.constantFrom('terraform/a/-/live/toy_w', 'terraform/', 'aws/1/eu/'),
        tags: fc.constantFrom({ team: 'Shop' }),
        within: fc.constantFrom(['terraform/a/'], ['aws/']),
      },
      { requiredKeys: [] },
    ),
    sinceMs: fc.constantFrom(Date.parse(times[1])),
  },
  { requiredKeys: [] },
)

type Asked = typeof asked extends fc.Arbitrary<infer A> ? A : never

const unmatched = { reason: 'r', untilMs: null }
const ruleSets: readonly Rules[] = [
  [],
  [{ ...unmatched, name: 'webs', type: ['toy_web'] }],
  [{ ...unmatched, name: 'sizes', path: ['size'] }],
  [{ ...unmatched, name: 'over', type: ['toy_db'], untilMs: 1 }],
].map((ignore, at) =>
  compileRules({
    ignore,
    severity: at === 2 ? [{ type: ['toy_db'], severity: 'low' }] : [],
    owner: [],
    driftIgnores: [],
  }),
)

/** A view of nothing but a file. */
class World {
  readonly store: DriftStore
  rules: Rules = ruleSets[0] as Rules
  readonly unknown = new Set<number>()
  readonly pairs: readonly DriftPair[]
  readonly judged: JudgedDrift
  readonly counter: DriftCounter

  constructor(store: DriftStore) {
    this.store = store
    this.pairs = store.transaction(() =>
      states.map((state) => {
        const live = state.endsWith('/state') ? (state.replace('/state', '/live') as Scope) : null
        const collection = live === null ? 'aws_vm' : null
        return store.addPair({ state: state as Scope, live, collection, addedAtMs: 0, loadedTo: null })
      }),
    )
    const { problemOf } = this
    const coverage = () => coverageOf(countsOf(store, problemOf, {}))
    const view = { store, problemOf, coverage, beyond: noCounts, atRoundEnds: () => {} }
    this.judged = new JudgedDrift(
      {
        ...view,
        get revision() {
          return store.revision
        },
      },
      () => this.rules,
    )
    this.counter = new DriftCounter(this.judged)
  }

  readonly problemOf = ({ id }: DriftPair): Why | null => (this.unknown.has(id) ? why : null)

  do(one: Change): void {
    if (one.kind === 'rules') {
      this.rules = ruleSets[(one as { rules: number }).rules] as Rules
      return
    }
    const pair = this.pairs[(one as { state: number }).state]?.id ?? 0
    if (one.kind === 'problem') {
      if ((one as { isKnown: boolean }).isKnown) this.unknown.delete(pair)
      else this.unknown.add(pair)
    }
    this.store.transaction(() => this.#write(pair, one))
  }

  #write(pair: number, one: Change): void {
    if (one.kind === 'put') {
      const { address, status, reason, provider, type, account, region, namespace, name, team, since, tier, field } =
        one
      const fields = field === null ? [] : [{ path: field, before: true, after: false }]
      const known = { status, tier, fields, omitted: 0, replaced: false, since, actor: null, occurred_at: null }
      const header = { name, tags: team === null ? {} : { team }, identity: null, resource_id: null }
      this.store.put({
        ...{ pair, address, status, reason, provider, type, account, region, namespace, isGone: false, digest: null },
        ...{ header: JSON.stringify(header), item: status === 'in_sync' ? null : JSON.stringify(known) },
        ...{ baseline: null, logged: null, openedAtMs: null, madeBy: null, heldUntilMs: null, holder: null },
      })
    } else if ('address' in one) {
      if (one.kind === 'remove') this.store.remove(pair, one.address)
      else if (one.kind === 'read') this.store.dropProblem(pair, one.address)
      else this.store.setProblem(pair, one.address, why)
    }
  }

  /** All items, judged one by one. */
  naive(keepsIgnored: boolean): JudgedItem[] {
    const items = [...listed(this.store, this.problemOf, true)].filter((item) => item !== null)
    return items.map((item) => judgedItem(item, this.rules, Date.now(), keepsIgnored))
  }

  /** The list as its reader goes through it, an item a page. */
  async list(query: DriftQuery, filter: Filter, sinceMs: number | null): Promise<JudgedItem[]> {
    const wanted = wantedItems(query, filter, sinceMs)
    const found: JudgedItem[] = []
    for (let after: After | null = null; ; ) {
      const items = (await narrowedItems(this.judged))(narrowingOf(query, filter, sinceMs), after, () => {})
      const next = Iterator.from(items)
        .filter((item) => item !== null)
        .map((item) => judgedItem(item, this.rules, Date.now(), query.include_suppressed === 'true'))
        .find(wanted)
      if (next === undefined) return found
      found.push(next)
      after = next
    }
  }
}

async function compareLists(world: World, { filter = {}, sinceMs, ...query }: Asked): Promise<void> {
  const all = world.naive(query.include_suppressed === 'true')
  expect(await world.list(query, filter, sinceMs ?? null)).toEqual(
    all.filter(wantedItems(query, filter, sinceMs ?? null)),
  )
}

async function compareCounts(world: World): Promise<void> {
  const counts = noCounts()
  const bySeverity = new Map<string, number>()
  for (const { status, rule, severity } of world.naive(false)) {
    if (rule === null) counts[status]++
    else if (status !== 'unmanaged') counts.suppressed++
    const tally = `${status} ${(rule === null ? severity : null) ?? 'none'}`
    bySeverity.set(tally, (bySeverity.get(tally) ?? 0) + 1)
  }
  const { not_covered: _covered, exists: _exist, ...want } = coverageOf(counts)
  expect(await world.counter.coverage()).toMatchObject(want)
  const tallies = await world.counter.tallies()
  expect(Object.fromEntries(tallies.map(({ status, severity, count }) => [`${status} ${severity}`, count]))).toEqual(
    Object.fromEntries(bySeverity),
  )
}

test('narrowed lists and counts say what a look at every instance says, whatever came, went, was not read or is ignored', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          change,
          asked.map((query) => ({ kind: 'ask' as const, query })),
        ),
        { minLength: 5, maxLength: 40 },
      ),
      async (steps) => {
        await using folder = await temporaryFolder()
        using store = new DriftStore(folder.path, { logId: 'a'.repeat(16), partitions: 1 })
        const world = new World(store)
        for (const step of steps) {
          if (step.kind === 'ask') await compareLists(world, step.query)
          else world.do(step)
          await compareCounts(world)
        }
      },
    ),
    runs(60),
  )
})
