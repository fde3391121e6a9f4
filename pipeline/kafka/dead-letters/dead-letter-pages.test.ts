import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { LogBatch, LogReader, LogRecord } from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'
import { runs } from '../../../test/property.ts'
import { deadLetterPages } from './dead-letter-pages.ts'

/** A partition's log: what stands at each offset, null for what nobody sees, such as a marker. */
type Log = readonly (number | null)[]

const headersOf = (atMs: number, source: string): LogRecord['headers'] =>
  Object.entries({ vaino_reason: 'not_json', vaino_at: new Date(atMs).toISOString(), vaino_source: source }).map(
    ([name, value]) => [name, Buffer.from(value)] as const,
  )

const sourceAt = (partition: number, offset: number) => `partition ${partition} offset ${offset}`

/** What readers of logs do, over logs in memory: pieces of a few offsets, and an error before what is kept. */
function readerOver(logs: readonly Log[], kept: readonly number[], pieceOffsets: number): Pick<LogReader, 'read'> {
  return {
    async *read({ topic, partition, from, signal }) {
      const log = logs[partition] ?? []
      const earliest = kept[partition] ?? 0
      if (typeof from !== 'number' || from < earliest || from > log.length) {
        throw new VainoError('log_truncated', 'out of range', { details: { earliest, latest: log.length } })
      }
      for (let at = from; !signal?.aborted; at += pieceOffsets) {
        const nextOffset = Math.min(log.length, at + pieceOffsets)
        const records = log.slice(at, nextOffset).flatMap((atMs, index): LogRecord[] => {
          if (atMs === null) return []
          const offset = at + index
          const headers = headersOf(atMs, sourceAt(partition, offset))
          return [{ offset, timestampMs: atMs, key: null, value: Buffer.from('x'), headers }]
        })
        const isCaughtUp = nextOffset >= log.length
        const batch: LogBatch = {
          topic,
          partition,
          records,
          unreadable: [],
          nextOffset,
          endOffset: log.length,
          isCaughtUp,
          bytes: 0,
        }
        yield batch
        if (isCaughtUp) return
      }
    },
  }
}

interface Asked {
  readonly kept?: readonly number[]
  readonly pieceOffsets?: number
  readonly withinMs?: number
}

const pagesOver = (logs: readonly Log[], { kept = [], pieceOffsets = 7, withinMs = 5_000 }: Asked = {}) =>
  deadLetterPages({
    topic: 'letters',
    partitions: logs.length,
    log: readerOver(logs, kept, pieceOffsets),
    ends: async () => logs.map(({ length }) => length),
    redactText: (text) => text,
    withinMs,
    closing: new AbortController().signal,
  })

async function allOf(
  pages: ReturnType<typeof deadLetterPages>,
  limit: number,
): Promise<{ at: string; source: string }[]> {
  const all: { at: string; source: string }[] = []
  for (let page: string | null | undefined; page !== null; ) {
    const found = await pages(limit, page)
    if (found.page !== null) expect(found.entries).toHaveLength(limit)
    all.push(...found.entries)
    page = found.page
  }
  return all
}

const base = Date.parse('2026-01-01T00:00:00Z')
const times = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 1_000 }).map((ms) => base + ms) },
  { weight: 2, arbitrary: fc.constant(null) },
)
const logs = fc.array(fc.array(times, { maxLength: 200, size: 'max' }), { minLength: 1, maxLength: 6 })

test('whatever the partitions hold, pages of any size give each letter once, those of a partition newest first', async () => {
  await fc.assert(
    fc.asyncProperty(
      logs,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 50 }),
      fc.infiniteStream(fc.nat(100)),
      async (partitions, limit, pieceOffsets, share) => {
        const kept = partitions.map(({ length }) => Math.floor((length * (share.next().value ?? 0)) / 100))
        const found = await allOf(pagesOver(partitions, { kept, pieceOffsets }), limit)
        for (const [partition, log] of partitions.entries()) {
          const offsets = log.flatMap((atMs, offset) =>
            atMs !== null && offset >= (kept[partition] ?? 0) ? [sourceAt(partition, offset)] : [],
          )
          const mine = found
            .map(({ source }) => source)
            .filter((source) => source.startsWith(`partition ${partition} `))
          expect(mine).toEqual(offsets.toReversed())
        }
      },
    ),
    runs(200),
  )
})

test('where each log is in the order of time, so are all of them together', async () => {
  await fc.assert(
    fc.asyncProperty(logs, fc.integer({ min: 1, max: 60 }), async (partitions, limit) => {
      const sorted = partitions.map((log) => {
        const ordered = log.filter((atMs) => atMs !== null).toSorted((a, b) => a - b)
        return log.map((atMs) => (atMs === null ? null : (ordered.shift() ?? null)))
      })
      const ats = (await allOf(pagesOver(sorted), limit)).map(({ at }) => at)
      expect(ats).toEqual(ats.toSorted().toReversed())
    }),
    runs(200),
  )
})

test('one letter without a time does not hide what lies before it behind all other partitions', async () => {
  const pages = pagesOver([
    [base + 10, base + 30, 0],
    [base + 1, base + 2, base + 20],
  ])
  const { entries } = await pages(3)
  expect(entries.map(({ source }) => source)).toEqual([sourceAt(0, 2), sourceAt(0, 1), sourceAt(1, 2)])
})

test('a page goes on where the one before ended, also when letters come and go meanwhile', async () => {
  const log = Array.from({ length: 40 }, (_, offset) => base + offset)
  const first = await pagesOver([log])(10)
  const page = first.page ?? undefined
  const grown = [...log, base + 100, base + 101]
  const second = await pagesOver([grown], { kept: [25] })(10, page)
  expect(second.entries.map(({ source }) => source)).toEqual([29, 28, 27, 26, 25].map((offset) => sourceAt(0, offset)))
  expect(second.page).toBeNull()
})

test('what is no token of a page is refused, and one beyond the end is as good as the end', async () => {
  const pages = pagesOver([[base], [base]])
  for (const token of ['', 'x', '1', '1-1-1', '1--1', '1-A', '-1-1', 'zzzzzzzzzzz-1']) {
    await expect(pages(1, token)).rejects.toMatchObject({ code: 'bad_request' })
  }
  expect((await pages(5, 'zzzzzzzzzz-zzzzzzzzzz')).entries).toHaveLength(2)
})

test('brokers that do not answer, and those that ask meanwhile, are answered for in time', async () => {
  const never = new Promise<never>(() => undefined)
  const pages = deadLetterPages({
    topic: 'letters',
    partitions: 1,
    log: readerOver([[]], [], 1),
    ends: () => never,
    redactText: (text) => text,
    withinMs: 50,
    closing: new AbortController().signal,
  })
  const asked = Array.from({ length: 20 }, () =>
    pages(1).then(
      () => null,
      (error: unknown) => (error as VainoError).code,
    ),
  )
  const codes = await Promise.all(asked)
  expect(codes.slice(0, 17)).toEqual(Array.from({ length: 17 }, () => 'broker_unreachable'))
  expect(codes.slice(17)).toEqual(['busy', 'busy', 'busy'])
})

test('a page ends early where its letters are large, and the next one goes on there', async () => {
  const pages = pagesOver([Array.from({ length: 40 }, (_, offset) => base + offset)])
  const seen: string[] = []
  for (let page: string | null | undefined; page !== null; ) {
    const found = await pages(40, page, 500)
    expect(found.entries.length).toBeGreaterThan(0)
    expect(found.entries.length).toBeLessThan(10)
    seen.push(...found.entries.map(({ source }) => source))
    page = found.page
  }
  expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => sourceAt(0, 39 - n)))
})
