import { afterEach, beforeEach, expect, setSystemTime, test } from 'bun:test'
import fc from 'fast-check'
import { everyMsOf, staleAfter } from '../../model/staleness.ts'
import { scopeConditions } from '../../model/status.ts'
import { PartitionDriver } from '../../test/engine/partition-driver.ts'
import { runs } from '../../test/property.ts'

const beganMs = Date.UTC(2026, 10, 28, 12)
const minuteMs = 60_000
const scopeOf = (at: number) => `push/-/-/things${at}`

function scan(driver: PartitionDriver, scope: string, attributes?: object): void {
  const end = { kind: 'scan.end', scope, scan: 's', complete: true, count: 0 }
  driver.apply(scope, [
    { kind: 'scan.begin', scope, scan: 's' },
    attributes === undefined ? end : { ...end, attributes },
  ])
}

beforeEach(() => void setSystemTime(beganMs))
afterEach(() => void setSystemTime())

test('a scope is stale after three of the intervals that its scan stated, on each node alike, however often others are read', async () => {
  using driver = new PartitionDriver()
  scan(driver, scopeOf(0), { every_ms: 30 * minuteMs })
  scan(driver, scopeOf(1), { every_ms: minuteMs / 2 })
  scan(driver, scopeOf(2), { every_ms: 1 })
  scan(driver, scopeOf(3))
  await using often = driver.openReader(minuteMs)
  await using seldom = driver.openReader(60 * minuteMs)
  const seen = (afterMs: number) => {
    setSystemTime(beganMs + afterMs)
    return [often, seldom].map((reader) => [...reader.scopes()].map(({ status }) => status))
  }
  expect(seen(10_000)).toEqual([
    ['fresh', 'fresh', 'fresh', 'fresh'],
    ['fresh', 'fresh', 'fresh', 'fresh'],
  ])
  expect(seen(1.5 * minuteMs + 1)).toEqual([
    ['fresh', 'stale', 'stale', 'stale'],
    ['fresh', 'stale', 'stale', 'fresh'],
  ])
  expect(seen(90 * minuteMs)[0]?.[0]).toBe('fresh')
  expect(seen(90 * minuteMs + 1)[0]?.[0]).toBe('stale')
})

const everyMs = fc.oneof(
  fc.constantFrom(undefined, null, '30000', true, 0, -1, 0.5, 1e21, 1e308, [1], {}),
  fc.integer({ min: 1, max: 100_000 }),
  fc.double({ min: 0.1, max: 100_000, noNaN: true }),
)

test('the summary counts each scope as its status says, whatever its scans said of how often it is read', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(everyMs, fc.nat(400_000)), { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 0, max: 400_000 }),
      (scans, afterMs) => {
        using driver = new PartitionDriver()
        const expected = Object.fromEntries(scopeConditions.map((condition) => [condition, 0]))
        const nowMs = beganMs + 400_000 + afterMs
        for (const [at, [every_ms, scannedMs]] of scans.toSorted(([, a], [, b]) => a - b).entries()) {
          setSystemTime(beganMs + scannedMs)
          scan(driver, scopeOf(at), { every_ms })
          const lateMs = staleAfter(everyMsOf({ every_ms }), 60_000)
          const condition = beganMs + scannedMs >= nowMs - lateMs ? 'fresh' : 'stale'
          expected[condition] = (expected[condition] ?? 0) + 1
        }
        setSystemTime(nowMs)
        const listed = Object.fromEntries(scopeConditions.map((condition) => [condition, 0]))
        for (const { status } of driver.reader.scopes()) listed[status] = (listed[status] ?? 0) + 1
        expect(listed).toEqual(expected)
        expect(driver.reader.counts.summary().scopes).toEqual(listed as never)
      },
    ),
    runs(10),
  )
})
