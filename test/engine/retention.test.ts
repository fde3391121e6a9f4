import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { startTestServer, until } from '../../api/test-server.ts'
import type { Change, Item } from '../../model/change.ts'
import { isChange } from '../../model/change.ts'
import type { Cursor, Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { Key } from '../../model/scope.ts'
import { runs } from '../property.ts'
import { PartitionDriver } from './partition-driver.ts'

const scopes = ['push/-/-/a', 'push/-/-/b', 'push/-/-/c']
const ids = ['x', 'y', 'z']
const observed = (scope: string, id: string, value: number) => ({
  kind: 'observed',
  scope,
  resource: { id, type: 'thing', provider: 'push', configuration: { value } },
})

type Step =
  | { readonly kind: 'observed'; readonly scope: string; readonly id: string; readonly value: number }
  | { readonly kind: 'gone'; readonly scope: string; readonly id: string }
  | { readonly kind: 'expire' }
  | { readonly kind: 'reopen' }
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('observed' as const),
      scope: fc.constantFrom(...scopes),
      id: fc.constantFrom(...ids),
      value: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('gone' as const),
      scope: fc.constantFrom(...scopes),
      id: fc.constantFrom(...ids),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'expire' }, { kind: 'reopen' }) },
)

const contentOf = (item: Item) => [item.key, item.version, item.resource.configuration?.value]
const snapshot = (driver: PartitionDriver, at: Position) =>
  [...driver.reader.items(at, {})].filter((item) => item !== null).map(contentOf)
const isKept = (floor: Position, position: Position) => position.every((offset, p) => offset >= (floor[p] ?? 0))
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'it was taken'
  } catch (error) {
    return error instanceof VainoError ? error.code : String(error)
  }
}

describe('history that retention has dropped', () => {
  test('I3, I7, I8: above the floor everything holds as before, below it cursors are refused, and the latest values are kept', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        // Everything that is there when retention runs is too old.
        using driver = new PartitionDriver({ ageMs: 0, bytes: 1e12 })
        const { reader } = driver
        const moments = [{ at: reader.head(), items: snapshot(driver, reader.head()) }]
        const last = new Map<string, { version: number; value: unknown }>()
        const changed: Change[] = []
        for (const one of steps) {
          const from = reader.head()
          if (one.kind === 'expire') driver.expire()
          else if (one.kind === 'reopen') driver.reopen()
          else if (one.kind === 'gone') driver.apply(one.scope, [one])
          else driver.apply(one.scope, [observed(one.scope, one.id, one.value)])
          for (const [p, head] of reader.head().entries()) {
            changed.push(
              ...reader
                .changes(p, from[p] ?? 0, head, 100)
                .filter(isChange)
                .map((row) => row.toChange('' as Cursor)),
            )
          }
          moments.push({ at: reader.head(), items: snapshot(driver, reader.head()) })
        }

        for (const { key, version, before, after } of changed) {
          const was = last.get(key)
          expect<unknown[]>([key, version, before?.configuration?.value]).toEqual([
            key,
            (was?.version ?? 0) + 1,
            was?.value,
          ])
          last.set(key, { version, value: after?.configuration?.value })
        }
        const live = [...last].filter(([, { value }]) => value !== undefined)
        const latest = live.map(([key, { version, value }]) => [key, version, value]).sort()
        const head = reader.head()
        expect(snapshot(driver, head).sort() as unknown[]).toEqual(latest)

        const floor = reader.floor()
        for (const { at, items } of moments) {
          if (!isKept(floor, at)) {
            expect(codeOf(() => reader.decode(reader.encode(at)))).toBe('cursor_expired')
            continue
          }
          expect(snapshot(driver, reader.decode(reader.encode(at)))).toEqual(items)
          const incremental = new Map(items.map((item) => [item[0], item[2]]))
          for (const entry of reader.between(at, head, {})) {
            if (entry === null) continue
            if (entry.item === null) incremental.delete(entry.key)
            else incremental.set(entry.key, entry.item.resource.configuration?.value)
          }
          expect([...incremental].sort() as unknown[]).toEqual(latest.map(([key, , value]) => [key, value]))
          for (const [p, offset] of at.entries()) {
            const followed = reader.changes(p, offset, head[p] ?? 0, 1_000).map((row) => row.offset)
            expect(followed).toEqual(Array.from({ length: (head[p] ?? 0) - offset }, (_, n) => offset + n + 1))
          }
        }
        for (const key of last.keys()) {
          const entries = [...reader.history(key as Key)]
          const versions = entries.map(({ change, cursor }) => change.toChange(cursor).version)
          expect(versions).toEqual(versions.map((_, n) => (versions[0] ?? 0) - n))
          expect(entries.at(-1)?.page ?? null).toBeNull()
        }
      }),
      runs(60),
    )
  }, 120_000)

  test('I8, I10, I12: of a data directory limited to ten megabytes the oldest changes go, their space is used again, and a cursor below is refused as such', async () => {
    const maxBytes = 10_000_000
    await using server = await startTestServer({
      engine: { partitions: 2, retention: { ageMs: 1e12, bytes: maxBytes } },
    })
    const scope = 'push/-/-/a'
    const body = (round: number) =>
      Array.from({ length: 500 }, (_, n) => ({
        kind: 'observed',
        scope,
        resource: { id: `id-${n}`, type: 't', provider: 'p', configuration: { round, text: 'x'.repeat(2_000) } },
      }))
    const cursors: string[] = []
    const metric = async (name: string) => {
      const text = await (await server.get('/metrics')).text()
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const sizes: number[] = []
    let round = 0
    for (let pass = 0; pass < 2; pass++) {
      for (let n = 0; n < 10; n++) cursors.push(await server.ingest(...body(round++)))
      const kept = async () => round * 500 - (await metric('vaino_changes_expired_total'))
      await until('the oldest are gone', async () => (await kept()) * 4_000 <= maxBytes, 30_000)
      sizes.push(await metric('vaino_storage_bytes'))
    }
    console.log(
      `${round * 500} changes of 4 KB, files of ${sizes.map((size) => (size / 1e6).toFixed(1)).join(', then ')} MB`,
    )
    // Twice the changes in files that are not twice as large.
    expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) * 1.5)

    const expired = await server.get(`/v1/changes?offset=${cursors[0]}`)
    expect([expired.status, await expired.json()]).toMatchObject([
      410,
      { code: 'cursor_expired', hint: expect.stringContaining('snapshot') },
    ])
    expect((await server.get(`/v1/snapshot?since=${cursors[0]}`)).status).toBe(410)
    const oldest = (await (await server.get('/v1/changes?offset=-1&limit=1')).json()) as { changes: Change[] }
    expect(oldest.changes.length).toBeLessThanOrEqual(1)
    const lines = (await (await server.get('/v1/snapshot')).text()).trim().split('\n')
    const items = lines.slice(0, -1).map((line) => JSON.parse(line) as Item)
    expect(items.length).toBe(500)
    expect(new Set(items.map(({ version, resource }) => `${version} ${resource.configuration?.round}`))).toEqual(
      new Set([`${round} ${round - 1}`]),
    )
  }, 60_000)
})
