import { afterEach, beforeEach, expect, setSystemTime, test } from 'bun:test'
import fc from 'fast-check'
import type { Key, Scope } from '../../model/scope.ts'
import { createTelemetry } from '../../pipeline/telemetry/telemetry.ts'
import { PartitionDriver } from '../../test/engine/partition-driver.ts'
import { runs } from '../../test/property.ts'

const scope = 'push/-/-/things'
const beganMs = Date.UTC(2026, 10, 28, 12)
const minuteMs = 60_000
const observed = { kind: 'observed', scope, resource: { id: 'a', type: 'thing', provider: 'push' } }
const wholeScan = (scan: string, observed_at: string) => [
  { kind: 'scan.begin', scope, scan, observed_at },
  { kind: 'scan.end', scope, scan, complete: true, count: 0, observed_at },
]
const statusIn = (driver: PartitionDriver) => driver.reader.scopes()[0]

async function freshnessOf(driver: PartitionDriver): Promise<string | undefined> {
  using telemetry = createTelemetry({ version: '0', redact: (text) => text, level: 'silent' })
  telemetry.feedScopes(() => driver.reader.scopes())
  const text = await telemetry.metrics.render()
  return /^vaino_scope_freshness_seconds\{.*\} (.*)$/m.exec(text)?.[1]
}

beforeEach(() => void setSystemTime(beganMs))
afterEach(() => void setSystemTime())

test('a scope that only events feed is neither stale nor fresh, and has no freshness', async () => {
  using driver = new PartitionDriver()
  driver.apply(scope, [observed])
  setSystemTime(beganMs + 600 * minuteMs)
  expect(statusIn(driver)).toMatchObject({ status: 'events', last_complete_at: null, resources: 1 })
  expect(await freshnessOf(driver)).toBeUndefined()
  driver.apply(scope, wholeScan('s', '2026-11-28T12:00:00Z'))
  expect(statusIn(driver)?.status).toBe('fresh')
})

test('a scope whose scan says that it is gone has that status, keeps its resources and has no freshness', async () => {
  using driver = new PartitionDriver()
  driver.apply(scope, [observed, ...wholeScan('s', '2026-11-28T12:00:00Z').slice(0, 1)])
  const end = { kind: 'scan.end', scope, scan: 's', complete: false, observed_at: '2026-11-28T12:00:01Z' }
  driver.apply(scope, [{ ...end, errors: [{ message: 'x is gone', code: 'gone' }] }])
  expect(statusIn(driver)).toMatchObject({ status: 'gone', resources: 1 })
  expect(await freshnessOf(driver)).toBeUndefined()
  const [begin] = wholeScan('t', '2026-11-28T12:01:00Z')
  driver.apply(scope, [begin ?? {}])
  driver.apply(scope, [{ ...end, scan: 't', errors: [{ message: 'x is gone', code: 'gone' }, 'and a part is denied'] }])
  expect(statusIn(driver)).toMatchObject({ status: 'failing', gone_since: null })
})

test('a scan that has begun and never ended makes its scope stale', async () => {
  using driver = new PartitionDriver()
  driver.apply(scope, wholeScan('s', '2026-11-28T12:00:00Z').slice(0, 1))
  expect(statusIn(driver)?.status).toBe('stale')
  expect(await freshnessOf(driver)).toBe('+Inf')
})

test("freshness is measured by this deployment's clock, whatever the sender's says", async () => {
  for (const year of ['1999', '2026', '2099']) {
    setSystemTime(beganMs)
    using driver = new PartitionDriver()
    driver.apply(scope, wholeScan('s', `${year}-01-01T00:00:00Z`))
    expect(statusIn(driver)?.status).toBe('fresh')
    setSystemTime(beganMs + 2 * minuteMs)
    expect({ year, ...statusIn(driver) }).toMatchObject({
      year,
      status: 'stale',
      last_complete_at: '2026-11-28T12:00:00.000Z',
    })
    expect(Number(await freshnessOf(driver))).toBe(120)
  }
})

test('a scope says since when each scan has found it gone, across a restart; any other end of a scan begins anew', () => {
  using driver = new PartitionDriver()
  const scanned = (n: number, errors: readonly object[]) => {
    setSystemTime(beganMs + n * minuteMs)
    const [begin] = wholeScan(`s${n}`, new Date(beganMs + n * minuteMs).toISOString())
    driver.apply(scope, [begin ?? {}, { kind: 'scan.end', scope, scan: `s${n}`, complete: false, errors }])
    return [statusIn(driver)?.status, statusIn(driver)?.gone_since]
  }
  const isGone = [{ message: 'x is gone', code: 'gone' }]
  const since = (n: number) => new Date(beganMs + n * minuteMs).toISOString()
  expect(scanned(1, isGone)).toEqual(['gone', since(1)])
  driver.reopen()
  expect(scanned(2, isGone)).toEqual(['gone', since(1)])
  expect(scanned(3, [{ message: 'its folder cannot be looked into' }])).toEqual(['failing', null])
  expect(scanned(4, isGone)).toEqual(['gone', since(4)])
  expect(driver.reader.scope(scope as Scope)).toEqual(statusIn(driver) ?? null)
  expect(driver.reader.scope('push/-/-/other' as Scope)).toBeNull()
})

const piece = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '!', '0', 'é', '~'), minLength: 1, maxLength: 4 })
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

test('resources come in the byte order of their keys and from any key on, whatever the scopes are called', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(piece, piece), { minLength: 1, maxLength: 30, selector: (parts) => parts.join('/') }),
      piece,
      fc.nat(),
      (names, id, pick) => {
        using driver = new PartitionDriver()
        const scopes = names.map(([account, collection]) => `push/${account}/-/${collection}`)
        for (const scope of scopes) {
          for (const each of [id, `${id}-`])
            driver.apply(scope, [{ kind: 'observed', scope, resource: { id: each, type: 'thing', provider: 'push' } }])
        }
        const { reader } = driver
        const keysAfter = (after?: Key, filter = {}) =>
          [...reader.items(reader.head(), filter, after)].flatMap((item) => (item === null ? [] : [String(item.key)]))
        const keys = scopes.flatMap((scope) => [`${scope}/${id}`, `${scope}/${id}-`]).toSorted(byBytes)
        expect(keysAfter()).toEqual(keys)
        const at = pick % keys.length
        expect(keysAfter(keys[at] as Key)).toEqual(keys.slice(at + 1))
        const scope = scopes[pick % scopes.length] ?? ''
        expect(keysAfter(undefined, { scope })).toEqual([`${scope}/${id}`, `${scope}/${id}-`])
      },
    ),
    runs(30),
  )
})

test("a scope's errors, warnings and attributes are its last scan's, also after a restart; attributes stay where a scan states none", () => {
  using driver = new PartitionDriver()
  let scans = 0
  const scan = (said: object) => {
    const name = `s${scans++}`
    const end = { kind: 'scan.end', scope, scan: name, complete: true, count: 0, ...said }
    driver.apply(scope, [{ kind: 'scan.begin', scope, scan: name }, end])
    const { errors = [], warnings = [], attributes = {} } = statusIn(driver) ?? {}
    return [errors.length, warnings.length, attributes]
  }
  for (const isRestarted of [false, true]) {
    const next = (said: object) => {
      if (isRestarted) driver.reopen()
      return scan(said)
    }
    expect(next({ complete: false, errors: ['denied'], attributes: { serial: 1 } })).toEqual([1, 0, { serial: 1 }])
    expect(next({})).toEqual([0, 0, { serial: 1 }])
    expect(next({ warnings: ['slow'] })).toEqual([0, 1, { serial: 1 }])
    expect(next({ attributes: { serial: 2 } })).toEqual([0, 0, { serial: 2 }])
    expect(next({})).toEqual([0, 0, { serial: 2 }])
  }
})
