import { expect, test } from 'bun:test'
import type { Filter } from '../model/filter.ts'
import { compileRules, type Rules, type Severity } from '../model/rules.ts'
import type { Scope } from '../model/scope.ts'
import { coverageOf, noCounts } from '../pipeline/drift/coverage.ts'
import { DriftCounter } from '../pipeline/drift/drift-counter.ts'
import type { After } from '../pipeline/drift/drift-list.ts'
import { JudgedDrift } from '../pipeline/drift/judged-drift.ts'
import { judgedItem } from '../pipeline/drift/judged-item.ts'
import { narrowedItems } from '../pipeline/drift/narrowed-items.ts'
import { DriftStore } from '../storage/drift/drift-store.ts'
import { temporaryFolder } from '../test/terraform/temporary-folder.ts'
import { type DriftQuery, narrowingOf, wantedItems } from './drift-query.ts'

const identity = { logId: 'a'.repeat(16), partitions: 1 }
const withSeverity = (severity: Severity, ignore = false): Rules =>
  compileRules({
    ignore: ignore ? [{ name: 'all', reason: 'r', type: ['toy_web'], untilMs: null }] : [],
    severity: [{ type: ['toy_web'], severity }],
    owner: [],
    driftIgnores: [],
  })

const noRules = { severity: [], owner: [], driftIgnores: [] }

/** Each call gives the same rules, as those that hold do until they are loaded anew. */
const constantly = (rules: Rules) => () => rules

function put(store: DriftStore, pair: number, address: string, status: 'changed' | 'unknown' | 'in_sync'): void {
  const known = { status, tier: null, fields: [], omitted: 0, replaced: false, since: null, actor: null }
  store.put({
    ...{ pair, address, status, reason: null, provider: 'toy', type: 'toy_web', account: null, region: null },
    ...{ namespace: null, header: JSON.stringify({ name: null, tags: {}, identity: null, resource_id: null }) },
    ...{
      isGone: false,
      digest: null,
      baseline: null,
      item: status === 'in_sync' ? null : JSON.stringify({ ...known, occurred_at: null }),
    },
    ...{ logged: null, openedAtMs: null, madeBy: null, heldUntilMs: null, holder: null },
  })
}

/** A file with states, and as many drifted instances in each. */
function fill(store: DriftStore, states: number, each: number, status: 'changed' | 'unknown' = 'changed'): void {
  store.transaction(() => {
    for (let at = 0; at < states; at++) {
      const state = `terraform/${String(at).padStart(4, '0')}/-/state` as Scope
      const pair = store.addPair({ state, live: null, collection: null, addedAtMs: 0, loadedTo: null })
      for (let n = 0; n < each; n++) put(store, pair.id, `toy_web.${n % 3 === 0 ? 'a' : 'b'}${n}`, status)
    }
  })
}

function driftOf(store: DriftStore, rules: () => Rules, beyond = noCounts): JudgedDrift {
  const coverage = () => coverageOf(noCounts())
  const view = { problemOf: () => null, coverage, beyond, atRoundEnds: () => {} }
  return new JudgedDrift({ ...view, store, revision: 1 }, rules)
}

async function settled(drift: JudgedDrift): Promise<void> {
  while ((await drift.upToDate()) === null);
}

/** A file with states, judged by one severity. */
async function judgedFile(states: number, each: number) {
  const folder = await temporaryFolder()
  const store = new DriftStore(folder.path, identity)
  fill(store, states, each)
  const drift = driftOf(store, constantly(withSeverity('low')))
  await settled(drift)
  return {
    drift,
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function addressesOf(drift: JudgedDrift, query: DriftQuery): Promise<string[]> {
  const items = (await narrowedItems(drift))(narrowingOf(query, {}, null), null, () => {})
  return [...items].flatMap((item) => (item === null ? [] : [item.address]))
}

test('wherever a page ends, it is known how far it came', async () => {
  await using file = await judgedFile(2, 400)
  const { drift } = file
  let reached: After | null = null
  const looked = (place: After) => {
    reached = place
  }
  let items = 0
  for (const item of (await narrowedItems(drift))(narrowingOf({}, {}, null), null, looked)) {
    if (item === null) continue
    items++
    expect(reached as After | null).toMatchObject({ state: item.state, address: item.address })
  }
  expect(items).toBe(800)
})

test('what was not read is unknown since a time that nobody made up', async () => {
  await using folder = await temporaryFolder()
  using store = new DriftStore(folder.path, identity)
  fill(store, 1, 1)
  const [pair] = store.pairs()
  store.transaction(() => {
    put(store, pair?.id ?? 0, 'toy_web.a0', 'in_sync')
    store.setProblem(pair?.id ?? 0, 'toy_web.a0', { reason: 'denied', message: 'no', hint: null })
  })
  const drift = driftOf(store, constantly(withSeverity('low')))
  await settled(drift)
  const items = [...(await narrowedItems(drift))(narrowingOf({}, {}, null), null, () => {})]
  expect(items.filter((item) => item !== null)).toMatchObject([{ status: 'unknown', since: null }])
})

test('where a file can’t be written, what was judged in vain is judged again', async () => {
  await using folder = await temporaryFolder()
  using store = new DriftStore(folder.path, identity)
  fill(store, 1, 600)
  let rules = withSeverity('low')
  let isFull = false
  const judge = <T>(write: () => T): T =>
    store.judge(() => {
      const result = write()
      if (isFull) throw new Error('full')
      return result
    })
  const failing = new Proxy(store, {
    get: (target, name) => {
      const value = name === 'judge' ? judge : Reflect.get(target, name, target)
      return typeof value === 'function' && name !== 'judge' ? value.bind(target) : value
    },
  })
  const drift = driftOf(failing, () => rules)
  await settled(drift)
  rules = withSeverity('critical')
  isFull = true
  await expect(settled(drift)).rejects.toThrow('full')
  isFull = false
  await settled(drift)
  expect((await addressesOf(drift, { severity: 'critical' })).length).toBe(600)
})

test('one question of the judged rows looks at some thousand of them at most, however few pass', async () => {
  await using file = await judgedFile(2, 6000)
  const { drift } = file
  const items = (await narrowedItems(drift))(narrowingOf({ severity: 'critical' }, {}, null), null, () => {})
  expect([...items]).toEqual([null, null])
})

test('instances of very many states are judged without a look at all states for each', async () => {
  await using folder = await temporaryFolder()
  using store = new DriftStore(folder.path, identity)
  fill(store, 50, 1)
  let looks = 0
  const watched = new Proxy(store, {
    get: (target, name) => {
      if (name === 'pairs') looks++
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  await settled(driftOf(watched, constantly(withSeverity('low'))))
  expect(looks).toBe(0)
})

test('what a rule ignores and what is not read stand in one count of the metrics', async () => {
  await using folder = await temporaryFolder()
  using store = new DriftStore(folder.path, identity)
  fill(store, 1, 2, 'unknown')
  const beyond = () => ({ ...noCounts(), unknown: 5, not_covered: 5 })
  const counter = new DriftCounter(driftOf(store, constantly(withSeverity('low', true)), beyond))
  expect(await counter.tallies()).toEqual([{ status: 'unknown', severity: 'none', count: 7 }])
})

test('parts of a thing are found by the key that they show, and rules see them by it', async () => {
  await using folder = await temporaryFolder()
  using store = new DriftStore(folder.path, identity)
  const scope = 'gcp/acme/-/google_project_iam_policy' as Scope
  const parts = ['acme roles/editor user:b@example.com', 'acme roles/viewer user:a@example.com']
  store.transaction(() => {
    const { id } = store.addPair({
      ...{ state: scope, live: null, collection: 'google_project_iam_policy', addedAtMs: 0, loadedTo: null },
    })
    for (const part of [...parts, 'other roles/viewer user:a@example.com']) put(store, id, part, 'changed')
  })
  const key = `${scope}/acme`
  const drift = driftOf(store, constantly(withSeverity('low')))
  await settled(drift)
  const found = async (filter: Filter) => {
    const wanted = wantedItems({}, filter)
    const items = [...(await narrowedItems(drift))(narrowingOf({}, filter, null), null, () => {})]
    return items.flatMap((item) => {
      const judged = item === null ? null : judgedItem(item, drift.rules, 0)
      return judged !== null && wanted(judged) ? [judged.address] : []
    })
  }
  expect(await found({ key })).toEqual(parts)
  expect(await found({ key: `${scope}/${parts[0]}` })).toEqual(parts.slice(0, 1))
  expect(await found({ scope: 'gcp/acme' })).toEqual([])

  const [first] = [...(await narrowedItems(drift))(narrowingOf({}, { key }, null), null, () => {})]
  const ruleOf = (of: object) => {
    const unset = { reason: 'r', untilMs: null }
    const ignore = [{ ...unset, name: 'it', ...of }]
    return first == null ? 'none' : judgedItem(first, compileRules({ ...noRules, ignore }), 0).rule
  }
  expect(ruleOf({ key: [key] })).toBe('it')
  expect(ruleOf({ scope: ['gcp/acme/-'] })).toBeNull()
})

test('a page says of no place outside what its asker may see', async () => {
  await using file = await judgedFile(3, 5000)
  const { drift } = file
  const within = ['terraform/0000/', 'terraform/0002/']
  const reached: string[] = []
  const items = (await narrowedItems(drift))(narrowingOf({ severity: 'critical' }, { within }, null), null, (place) =>
    reached.push(place.state),
  )
  expect([...items].every((item) => item === null)).toBe(true)
  expect(reached.length).toBeGreaterThan(0)
  expect(reached.filter((state) => state.includes('0001'))).toEqual([])
})
