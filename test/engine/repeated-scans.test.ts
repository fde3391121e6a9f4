import { describe, expect, test } from 'bun:test'
import { startTestServer } from '../../api/test-server.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { PartitionDriver } from './partition-driver.ts'

const scope = 'push/-/-/things'
const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, second)).toISOString()
const observed = (id: string, scan?: string) => ({
  ...{ kind: 'observed', scope, ...(scan ? { scan } : {}) },
  resource: { id, type: 'thing', provider: 'push' },
})
const begin = (scan: string, second: number | null) => ({
  ...{ kind: 'scan.begin', scope, scan },
  ...(second === null ? {} : { observed_at: at(second) }),
})
const end = (scan: string, count: number) => ({ kind: 'scan.end', scope, scan, complete: true, count })
const wholeScan = (scan: string, second: number | null, ids: readonly string[]) => [
  ...[begin(scan, second), ...ids.map((id) => observed(id, scan)), end(scan, ids.length)],
]
const ids = (count: number) => Array.from({ length: count }, (_, n) => `id-${n}`)

const statusIn = (driver: PartitionDriver) => driver.reader.scopes().find((one) => one.scope === scope)
const lettersIn = (driver: PartitionDriver) =>
  driver.reader.deadLetters(100).entries.map(({ reason }: { reason: string }) => reason)

describe('a scan that is sent twice, because its answer was lost', () => {
  test('I5, I6: does not confirm what the guard holds, also when vaino has crashed in between', () => {
    for (const isCrash of [false, true]) {
      using driver = new PartitionDriver()
      driver.apply(scope, wholeScan('full', 0, ids(40)))
      const empty = wholeScan('empty', 10, [])
      expect(driver.apply(scope, empty)).toMatchObject({ changes: 0, deadLetters: 0 })
      expect(statusIn(driver)).toMatchObject({ resources: 40, held: { deletes: 40 } })
      if (isCrash) driver.reopen()
      expect(driver.apply(scope, empty)).toMatchObject({ changes: 0, deadLetters: 1 })
      expect(statusIn(driver)).toMatchObject({ resources: 40, held: { deletes: 40 } })
      expect(lettersIn(driver)).toEqual(['scan_not_open: empty: it has ended already, and was sent twice'])
      // Another scan that misses them does.
      expect(driver.apply(scope, wholeScan('empty again', 20, []))).toMatchObject({ changes: 40 })
    }
  })

  test('I5: does not delete what was created since it began', () => {
    using driver = new PartitionDriver()
    const scan = wholeScan('s', 0, ids(20))
    driver.apply(scope, scan)
    driver.apply(scope, [observed('new')])
    expect(driver.apply(scope, scan)).toMatchObject({ changes: 0, deadLetters: 1 })
    expect(statusIn(driver)).toMatchObject({ resources: 21 })
  })

  test('I5: leaves the scan open that is, which then ends as if nothing had been', () => {
    using driver = new PartitionDriver()
    const first = wholeScan('first', 0, ids(20))
    driver.apply(scope, first)
    driver.apply(scope, [begin('second', 10), ...ids(18).map((id) => observed(id, 'second'))])
    expect(driver.apply(scope, first.slice(0, 5))).toMatchObject({ changes: 0, deadLetters: 0 })
    expect(driver.apply(scope, [end('first', 20)])).toMatchObject({ changes: 0, deadLetters: 1 })
    expect(driver.apply(scope, [end('second', 18)])).toMatchObject({ changes: 2, deadLetters: 0 })
  })

  test('I5: ends no other scan of its name', () => {
    using driver = new PartitionDriver()
    const first = wholeScan('s', 0, ids(20))
    driver.apply(scope, first)
    driver.apply(scope, [observed('new'), begin('s', 10), observed('id-0', 's')])
    expect(driver.apply(scope, first)).toMatchObject({ changes: 0, deadLetters: 1 })
    expect(driver.apply(scope, [end('s', 1)])).toMatchObject({ changes: 0, deadLetters: 1 })
    expect(statusIn(driver)).toMatchObject({ resources: 21 })
  })

  test('begins anew while it is open, so what was sent before its end may be sent again', () => {
    using driver = new PartitionDriver()
    driver.apply(scope, [observed('gone'), begin('s', 0), ...ids(3).map((id) => observed(id, 's'))])
    expect(driver.apply(scope, wholeScan('s', 0, ids(3)))).toMatchObject({ changes: 1, deadLetters: 0 })
  })

  test('is another scan when it says another time or none: names may be used again', () => {
    for (const [before, after] of [
      [0, 10],
      [0, null],
      [null, null],
    ] as const) {
      using driver = new PartitionDriver()
      driver.apply(scope, wholeScan('nightly', before, ids(3)))
      expect(driver.apply(scope, wholeScan('nightly', after, ids(2)))).toMatchObject({ changes: 1, deadLetters: 0 })
    }
  })
})

describe('two complete scans in one request, which is sent twice', () => {
  const endAt = (scan: string, count: number, second: number) => ({ ...end(scan, count), observed_at: at(second) })
  const timed = (scan: string, second: number, seen: readonly object[]) => [
    ...[begin(scan, second), ...seen, endAt(scan, seen.length, second + 5)],
  ]
  const valued = (id: string, scan: string, value: number) => ({
    ...{ kind: 'observed', scope, scan },
    resource: { id, type: 'thing', provider: 'push', configuration: { value } },
  })
  const all = ids(8).map((id) => valued(id, 'first', 1))
  const request = [
    ...timed('first', 0, all),
    ...timed(
      'second',
      10,
      ids(6).map((id) => valued(id, 'second', 2)),
    ),
  ]

  test('I5, I12: deletes, creates and changes nothing the second time, and is counted', () => {
    for (const isCrash of [false, true]) {
      using driver = new PartitionDriver()
      expect(driver.apply(scope, request)).toMatchObject({ changes: 8 + 6 + 2, deadLetters: 0 })
      expect(driver.apply(scope, request.slice(0, 4))).toMatchObject({ changes: 0 })
      if (isCrash) driver.reopen()
      expect(driver.apply(scope, request.slice(4))).toMatchObject({ changes: 0, deadLetters: 2 })
      expect(statusIn(driver)).toMatchObject({ resources: 6, held: null })
    }
  })

  test('what comes after it is taken as ever', () => {
    using driver = new PartitionDriver()
    driver.apply(scope, request)
    driver.apply(scope, request)
    expect(driver.apply(scope, [valued('id-0', 'first', 3)])).toMatchObject({ changes: 1 })
    expect(driver.apply(scope, timed('third', 20, [valued('id-7', 'third', 1)]))).toMatchObject({ changes: 1 + 6 - 6 })
  })

  test('a sender whose clock was far ahead keeps no later scan from its scope', () => {
    using driver = new PartitionDriver()
    const ahead = { observed_at: '2098-01-01T00:00:00Z' }
    driver.apply(scope, [
      { ...begin('ahead', null), ...ahead },
      { ...end('ahead', 0), ...ahead },
    ])
    expect(driver.apply(scope, wholeScan('right', 0, ids(2)))).toMatchObject({ changes: 2, deadLetters: 0 })
    expect(statusIn(driver)).toMatchObject({ resources: 2 })
  })

  test('a clock that was half an hour ahead and is set right keeps no later scan from its scope', () => {
    using driver = new PartitionDriver()
    const ahead = { observed_at: new Date(Date.now() + 1_800_000).toISOString() }
    driver.apply(scope, [
      { ...begin('ahead', null), ...ahead },
      { ...end('ahead', 0), ...ahead },
    ])
    const now = { observed_at: new Date().toISOString() }
    const later = [{ ...begin('later', null), ...now }, valued('id-0', 'later', 1), { ...end('later', 1), ...now }]
    expect(driver.apply(scope, later)).toMatchObject({ changes: 1, deadLetters: 0 })
  })
})

test('I6, I12: the same request sent twice without a number holds as before, and both that and the copy can be looked up', async () => {
  await using server = await startTestServer()
  const send = async (records: readonly object[]) => {
    const body = records.map((record) => JSON.stringify(record)).join('\n')
    return (await (await server.get('/v1/ingest', { method: 'POST', body })).json()) as object
  }
  await send(wholeScan('full', 0, ids(40)))
  const empty = wholeScan('empty', 10, [])
  expect(await send(empty)).toMatchObject({ changes: 0, dead_letters: 0 })
  expect(await send(empty)).toMatchObject({ changes: 0, dead_letters: 1 })
  const { scopes } = (await (await server.get('/v1/scopes')).json()) as { scopes: ScopeStatus[] }
  expect(scopes.find((one) => one.scope === scope)).toMatchObject({ resources: 40, held: { deletes: 40 } })
  const metrics = await (await server.get('/metrics')).text()
  expect(metrics).toContain('vaino_suppressed_total{reason="scan_repeated"} 1')
  expect(metrics).toMatch(/^vaino_changes_total\{op="r",provider="[^"]+",type="[^"]+"\} 40$/m)
})
