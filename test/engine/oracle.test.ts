// Long because one kind of steps serves four properties.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { AttributionEntry, Change, Item } from '../../model/change.ts'
import { isChange } from '../../model/change.ts'
import type { Position } from '../../model/cursor.ts'
import { type Filter, matches } from '../../model/filter.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import { runs } from '../property.ts'
import { type Content, type ExpectedChange, Oracle, type Step } from './oracle.ts'
import { drivenFrom, type PartitionDriver } from './partition-driver.ts'

const scopes = ['aws/1/eu-west-1/a', 'aws/1/eu-west-1/a-b', 'kubernetes/prod/-/apps.Deployment', 'push/-/-/x'] as const
const ids = Array.from({ length: 12 }, (_, n) => (n === 3 ? 'web/"front"\\end' : n === 4 ? 'ünï/cødé' : `id-${n}`))

const content: fc.Arbitrary<Content> = fc.record({
  value: fc.integer({ min: 0, max: 2 }),
  tags: fc.constantFrom<Record<string, string>>({}, { team: 'web' }, { team: 'web', env: 'prod' }, { team: 'data' }),
  uid: fc.option(fc.constantFrom('u1', 'u2'), { nil: null, freq: 3 }),
})

/** How the same content is spelled: key order, white space, metadata, number spelling, where the resource stands. */
const spelling = fc.record({
  reversed: fc.boolean(),
  spaced: fc.boolean(),
  float: fc.boolean(),
  metadata: fc.integer({ min: 0, max: 1 }),
  resourceLast: fc.boolean(),
  nullTags: fc.boolean(),
})
type Spelling = typeof spelling extends fc.Arbitrary<infer S> ? S : never

const scope = fc.constantFrom(...scopes)
const scan = fc.constantFrom('s1', 's2')
/** When a scan's begin says that it was: few times, so that scans are said again. */
const at = fc.constantFrom(null, null, null, 1, 2)
/** And its end: some scans begin before the one before them has ended. */
const endedAt = fc.constantFrom(null, 2, 3)
/** When a thing was observed, or an event happened: often within ten minutes of another, often not. */
const minute = fc.integer({ min: 0, max: 40 })
const actor = fc.option(fc.constantFrom('ann', 'bob'), { nil: null, freq: 4 })
const attributed = fc.record({
  kind: fc.constant('attributed' as const),
  scope,
  id: fc.constantFrom(...ids),
  at: minute,
  actor: fc.constantFrom('eve', 'joe'),
  event: fc.constantFrom('e1', 'e2', 'e3', 'e4'),
})
/** No number of them makes ten minutes, at which waiting ends. */
const wait = fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(4, 7) })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('observed' as const),
      scope,
      id: fc.constantFrom(...ids),
      content,
      scan: fc.option(scan, { nil: null }),
      at: minute,
      actor,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('gone' as const), scope, id: fc.constantFrom(...ids), at: minute, actor }),
  },
  { weight: 6, arbitrary: attributed },
  { weight: 1, arbitrary: wait },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('scan.begin' as const), scope, scan, at }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('scan.end' as const),
      scope,
      scan,
      complete: fc.boolean(),
      miscount: fc.constantFrom(0, 0, 0, 1, -1),
      at: endedAt,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), scope, apply: fc.boolean() }) },
)

/** A whole scan of a scope that sees some ids: what makes deletes, holds and their ends likely. */
const wholeScan: fc.Arbitrary<readonly Step[]> = fc
  .record({
    scope,
    scan,
    at,
    seen: fc.subarray(ids, { minLength: 0 }),
    content,
    complete: fc.constantFrom(true, true, true, false),
    endedAt,
    minute,
  })
  .map(({ scope, scan, at, seen, content, complete, endedAt, minute }) => [
    { kind: 'scan.begin', scope, scan, at },
    ...seen.map((id) => ({ kind: 'observed' as const, scope, id, content, scan, at: minute, actor: null })),
    { kind: 'scan.end', scope, scan, complete, miscount: 0, at: endedAt },
  ])

/** As its sender does it that has no answer. */
const twice = wholeScan.map((steps) => [...steps, ...steps])

const steps = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: wholeScan },
      { weight: 1, arbitrary: twice },
      { weight: 5, arbitrary: step.map((one) => [one]) },
    ),
    {
      maxLength: 30,
    },
  )
  .map((parts) => parts.flat())
const plan = fc.array(
  fc.record({ spelling, cut: fc.boolean(), crash: fc.constantFrom(false, false, false, false, false, false, true) }),
  { minLength: 60, maxLength: 60 },
)

function resourceOf(id: string, { value, tags, uid }: Content, s: Spelling): string {
  const number = s.float ? `${value}.0e0` : String(value)
  const entries: [string, string][] = [
    ['id', JSON.stringify(id)],
    ['type', '"thing"'],
    ['provider', '"test"'],
    ['name', JSON.stringify(`name ${value}`)],
    ['configuration', `{"value":${number},"nested":{"a":[1,2],"b":"x"}}`],
    ['metadata', `{"spelled":${s.metadata}}`],
    ['tags', JSON.stringify(s.reversed ? Object.fromEntries(Object.entries(tags).reverse()) : tags)],
  ]
  if (uid !== null) entries.push(['uid', JSON.stringify(uid)])
  if (s.nullTags) entries.push(['region', 'null'])
  if (s.reversed) entries.reverse()
  const gap = s.spaced ? ' ' : ''
  return `{${entries.map(([name, value]) => `"${name}":${gap}${value}`).join(`,${gap}`)}}`
}

const begunMs = Date.parse('2026-01-02T03:04:05Z')
const timeAt = (minutes: number): string => new Date(begunMs + minutes * 60_000).toISOString()

function lineOf(step: Step, s: Spelling, oracle: Oracle): string {
  switch (step.kind) {
    case 'observed': {
      const resource = resourceOf(step.id, step.content, s)
      const by = `"observed_at":"${timeAt(step.at)}","actor":${JSON.stringify(step.actor)}`
      const head = `"kind":"observed","scope":${JSON.stringify(step.scope)},"scan":${JSON.stringify(step.scan)},${by}`
      return s.resourceLast ? `{${head},"resource":${resource}}` : `{"resource":${resource},${head}}`
    }
    case 'gone':
      return JSON.stringify({ ...step, at: undefined, observed_at: timeAt(step.at) })
    case 'attributed': {
      const { kind, scope, id, actor, event } = step
      const named = { arn: actor, type: 'IAMUser' }
      return JSON.stringify({ kind, scope, id, occurred_at: timeAt(step.at), actor: named, event: { id: event } })
    }
    case 'scan.begin': {
      const observed_at = step.at === null ? undefined : timeAt(step.at)
      return JSON.stringify({ kind: 'scan.begin', scope: step.scope, scan: step.scan, observed_at })
    }
    case 'scan.end': {
      const count = Math.max(0, oracle.countUnder(step.scope, step.scan) + step.miscount)
      const observed_at = step.at === null ? undefined : timeAt(step.at)
      const { scope, scan, complete } = step
      return JSON.stringify({ kind: 'scan.end', scope, scan, complete, count, observed_at })
    }
    case 'wait':
    case 'release':
      throw new Error(`a ${step.kind} is no record`)
  }
}

/** What the log says of who made which change. */
function allAttributions({ reader }: PartitionDriver): AttributionEntry[] {
  return reader.head().flatMap((head, p) =>
    reader
      .changes(p, 0, head, 100_000)
      .filter((entry) => !isChange(entry))
      .map((entry) => JSON.parse(entry.toJson(reader.encode(reader.head())))),
  )
}

/** Feeds the same steps to the engine and to the oracle, in batches cut at random, with crashes between them. */
function play(
  driver: PartitionDriver,
  oracle: Oracle,
  steps: readonly Step[],
  how: readonly { spelling: Spelling; cut: boolean; crash: boolean }[],
): Position[] {
  const pending = new Map<string, string[]>()
  const positions: Position[] = [driver.reader.head()]
  const flush = (scope: string) => {
    const lines = pending.get(scope)
    pending.delete(scope)
    if (lines) driver.apply(scope, lines)
  }
  steps.forEach((raw, n) => {
    const { spelling, cut, crash } = how[n % how.length] as (typeof how)[number]
    // A count that a record can't state (below zero) is no miscount.
    const step =
      raw.kind === 'scan.end' && raw.miscount < 0 && oracle.countUnder(raw.scope, raw.scan) === 0
        ? { ...raw, miscount: 0 }
        : raw
    if (step.kind === 'wait') {
      for (const scope of [...pending.keys()]) flush(scope)
      driver.wait(step.minutes)
    } else if (step.kind === 'release') {
      flush(step.scope)
      driver.release(step.scope, step.apply)
    } else pending.set(step.scope, [...(pending.get(step.scope) ?? []), lineOf(step, spelling, oracle)])
    oracle.take(step)
    if (cut && step.kind !== 'wait') {
      flush(step.scope)
      positions.push(driver.reader.head())
    }
    if (crash) {
      for (const scope of [...pending.keys()]) flush(scope)
      driver.reopen()
    }
  })
  for (const scope of [...pending.keys()]) flush(scope)
  positions.push(driver.reader.head())
  return positions
}

function allChanges(
  driver: PartitionDriver,
  from?: Position,
  to = driver.reader.head(),
  filter: Filter = {},
): Change[] {
  const { reader } = driver
  const passing = (head: number, p: number) =>
    reader
      .changes(p, from?.[p] ?? 0, head, 100_000)
      .filter(isChange)
      .filter((change) => change.matches(filter))
  return to.flatMap((head, p) => passing(head, p).map((change) => change.toChange(reader.encode(to))))
}

const contentOf = (resource: Resource | null) =>
  resource === null
    ? null
    : { value: (resource.configuration as { value: number }).value, tags: Object.entries(resource.tags ?? {}).sort() }
const expectedContent = (content: Content | null) =>
  content === null ? null : { value: content.value, tags: Object.entries(content.tags).sort() }

const byKey = <T extends { key: string }>(changes: readonly T[]): Map<string, T[]> =>
  Map.groupBy(changes, ({ key }) => key)

const told = ({ op, version, reason, before, after, actor }: Change) => ({
  op,
  version,
  reason,
  actor: typeof actor === 'object' ? ((actor as { arn: string } | null)?.arn ?? null) : actor,
  before: contentOf(before),
  after: contentOf(after),
})
const expected = ({ op, version, reason, before, after, actor }: ExpectedChange) => ({
  op,
  version,
  reason,
  actor,
  before: expectedContent(before),
  after: expectedContent(after),
})

const compared = (item: Item) => ({ key: item.key, version: item.version, ...contentOf(item.resource) })

describe('the engine against a naive oracle', () => {
  test('I3: I4: I5: I6: I11: any steps, spellings, batch cuts and crashes give the changes that the rules say', () => {
    fc.assert(
      fc.property(steps, plan, (steps, how) => {
        using driver = drivenFrom(begunMs + 60 * 60_000)
        const oracle = new Oracle()
        play(driver, oracle, steps, how)
        const got = byKey(allChanges(driver))
        const wanted = byKey(oracle.changes.map((change) => ({ ...change, key: `${change.scope}/${change.id}` })))
        expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort())
        for (const [key, changes] of wanted) expect(got.get(key)?.map(told)).toEqual(changes.map(expected))
        expect(
          allAttributions(driver)
            .map(({ key, version, actor, event }) => [key, version, actor, event.id])
            .sort(),
        ).toEqual(
          oracle.attributions
            .map(({ scope, id, version, actor, event }) => [
              `${scope}/${id}`,
              version,
              { arn: actor, type: 'IAMUser' },
              event,
            ])
            .sort() as never[],
        )
        const live = [...driver.reader.items(driver.reader.head(), {})].filter((item) => item !== null)
        const order = live.map(({ key }) => key as string)
        expect(order).toEqual([...order].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
        expect(
          Object.fromEntries(live.map((item) => [item.key, { version: item.version, ...contentOf(item.resource) }])),
        ).toEqual(
          Object.fromEntries(
            [...oracle.live()].map(([key, { version, content }]) => [key, { version, ...expectedContent(content) }]),
          ),
        )
        for (const status of driver.reader.scopes()) {
          const held = oracle.held(status.scope).map((id) => `${status.scope}/${id}`)
          expect([...(status.held?.keys ?? [])].sort()).toEqual(held.sort() as never[])
          expect(status.resources).toBe(live.filter((item) => item.scope === status.scope).length)
        }
        expect(driver.reader.deadLetters(1_000).entries.length).toBe(oracle.deadLetters)
      }),
      runs(60),
    )
  }, 120_000)

  const filter: fc.Arbitrary<Filter> = fc.constantFrom<Filter>(
    {},
    { scope: scopes[0] },
    { key_prefix: 'aws/1/eu-west-1/a' },
    { key_prefix: 'aws/1/eu-west-1/a/id-1' },
    { tags: { team: 'web' } },
    { name: 'name 1' },
    { type: 'thing', provider: 'test' },
    { type: 'other' },
  )

  test('I7: a snapshot at A and what differs from A to B make the snapshot at B, as does folding the changes', () => {
    fc.assert(
      fc.property(steps, plan, filter, fc.nat(), fc.nat(), (steps, how, filter, a, b) => {
        using driver = drivenFrom(begunMs + 60 * 60_000)
        const positions = play(driver, new Oracle(), steps, how)
        const pick = [a % positions.length, b % positions.length].sort((x, y) => x - y)
        const [from, to] = pick.map((n) => positions[n] as Position) as [Position, Position]
        const { reader } = driver
        const snapshot = (at: Position) =>
          new Map(
            [...reader.items(at, filter)]
              .filter((item) => item !== null)
              .map((item) => [item.key as string, compared(item)]),
          )
        const wanted = snapshot(to)

        const incremental = snapshot(from)
        for (const entry of reader.between(from, to, filter)) {
          if (entry === null) continue
          const keep = entry.item !== null && matches(filter, entry.item.scope, entry.item.resource)
          if (keep && entry.item) incremental.set(entry.key, compared(entry.item))
          else incremental.delete(entry.key)
        }
        // A thing that ended as it began is no difference, though its version may have gone on.
        const withoutVersions = (items: Map<string, { version: number }>) =>
          Object.fromEntries([...items].map(([key, { version: _, ...rest }]) => [key, rest]))
        expect(withoutVersions(incremental)).toEqual(withoutVersions(wanted))

        // A filtered follower gets no more than this: it must learn of everything that leaves what the filter lets through.
        const folded = snapshot(from)
        for (const change of allChanges(driver, from, to, filter)) {
          if (change.after === null || !matches(filter, change.scope as Scope, change.after)) folded.delete(change.key)
          else
            folded.set(change.key, {
              key: change.key,
              version: change.version,
              ...contentOf(change.after),
            } as ReturnType<typeof compared>)
        }
        expect(new Map([...folded].sort())).toEqual(new Map([...wanted].sort()))
        for (const [key, item] of wanted) {
          const found = reader.get(key as Item['key'], to)
          expect(found.kind === 'live' && compared(found.item)).toEqual(item)
        }
      }),
      runs(60),
    )
  }, 120_000)

  test('I8: following in pages from any cursor gives each change once and in its order', () => {
    fc.assert(
      fc.property(steps, plan, fc.nat(), fc.integer({ min: 1, max: 5 }), (steps, how, start, page) => {
        using driver = drivenFrom(begunMs + 60 * 60_000)
        const positions = play(driver, new Oracle(), steps, how)
        const { reader } = driver
        const from = reader.decode(reader.encode(positions[start % positions.length] as Position))
        const head = reader.head()
        for (let p = 0; p < driver.partitions; p++) {
          const followed: number[] = []
          let at = from[p] ?? 0
          for (
            let changes = reader.changes(p, at, head[p] ?? 0, page);
            changes.length > 0;
            changes = reader.changes(p, at, head[p] ?? 0, page)
          ) {
            followed.push(...changes.map(({ offset }) => offset))
            at = changes.at(-1)?.offset ?? at
          }
          const length = (head[p] ?? 0) - (from[p] ?? 0)
          expect(followed).toEqual(Array.from({ length }, (_, n) => (from[p] ?? 0) + n + 1))
        }
      }),
      runs(30),
    )
  }, 120_000)

  test('I3: each before is the after of the version before it, and a delete leaves nothing', () => {
    fc.assert(
      fc.property(steps, plan, (steps, how) => {
        using driver = drivenFrom(begunMs + 60 * 60_000)
        play(driver, new Oracle(), steps, how)
        for (const changes of byKey(allChanges(driver)).values()) {
          changes.forEach((change, n) => {
            expect(change.version).toBe(n + 1)
            expect(contentOf(change.before)).toEqual(contentOf(changes[n - 1]?.after ?? null))
            expect(change.after === null).toBe(change.op === 'd')
            expect(change.fields.length > 0).toBe(change.op === 'u')
          })
        }
      }),
      runs(30),
    )
  }, 120_000)
})
