import { describe, expect, test } from 'bun:test'
import { PartitionDriver } from '../test/engine/partition-driver.ts'

const scope = 'push/-/-/things'
const observed = (id: string, scan: string | null = null) => ({
  ...{ kind: 'observed', scope, scan },
  resource: { id, type: 'thing', provider: 'push' },
})
const gone = (id: string) => ({ kind: 'gone', scope, id })
const begin = (scan: string) => ({ kind: 'scan.begin', scope, scan })
const end = (scan: string, count: number) => ({ kind: 'scan.end', scope, scan, complete: true, count })
const wholeScan = (scan: string, ids: readonly string[]) => [
  ...[begin(scan), ...ids.map((id) => observed(id, scan)), end(scan, ids.length)],
]
const named = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`)

function statusAfter(driver: PartitionDriver): { live: number; held: number } {
  const status = driver.reader.scopes().find((one) => one.scope === scope)
  return { live: status?.resources ?? 0, held: status?.held?.deletes ?? 0 }
}

/** A scope with live resources, then one complete scan; a restart in between where asked. */
function guarded(live: number, seen: number, strangers: number): { live: number; held: number } {
  using driver = new PartitionDriver()
  driver.apply(scope, wholeScan('first', named('own', live)))
  const ids = [...named('own', seen), ...named('other', strangers)]
  driver.apply(scope, [begin('second'), ...ids.map((id) => observed(id, 'second'))])
  driver.reopen()
  driver.apply(scope, [end('second', ids.length)])
  return statusAfter(driver)
}

describe('I6: what a scan itself brings does not count when its deletes are weighed', () => {
  test('a scan of another place full of strangers is held like an empty one, whatever the numbers', () => {
    for (const live of [2, 5, 100]) {
      for (const strangers of [1, 4 * live]) {
        const status = guarded(live, 0, strangers)
        expect({ began: live, strangers, ...status }).toEqual({
          ...{ began: live, strangers, live: live + strangers, held: live },
        })
      }
    }
  }, 30_000)

  test('one lonely resource that is replaced by others is deleted', () => {
    expect(guarded(1, 0, 3)).toEqual({ live: 3, held: 0 })
  })

  test('the share is of what was live when the scan began', () => {
    expect(guarded(100, 75, 900)).toEqual({ live: 975, held: 0 })
    expect(guarded(100, 74, 900)).toEqual({ live: 1000, held: 26 })
    expect(guarded(10, 5, 0)).toEqual({ live: 5, held: 0 })
    expect(guarded(10, 4, 50)).toEqual({ live: 60, held: 6 })
  })

  test('strangers that came by events while the scan ran do not count either', () => {
    using driver = new PartitionDriver()
    driver.apply(scope, wholeScan('first', named('own', 5)))
    driver.apply(scope, [begin('second'), ...named('event', 50).map((id) => observed(id)), end('second', 0)])
    expect(statusAfter(driver)).toEqual({ live: 55, held: 5 })
  })

  test('what the source itself has said to be gone is no reason to delete the rest', () => {
    using driver = new PartitionDriver()
    driver.apply(scope, wholeScan('first', named('own', 4)))
    driver.apply(scope, [begin('second'), gone('own-0'), observed('other', 'second'), end('second', 1)])
    expect(statusAfter(driver)).toEqual({ live: 4, held: 3 })
  })

  test('one resource that was there before shows that the scan looked at the right place', () => {
    using driver = new PartitionDriver()
    driver.apply(scope, wholeScan('first', named('own', 4)))
    driver.apply(scope, [begin('second'), observed('own-0', 'second'), gone('own-0'), end('second', 1)])
    expect(statusAfter(driver)).toEqual({ live: 0, held: 0 })
  })
})

test("I6, I12: a release that is pushed as a record is refused, counted and kept as a dead letter: it is an operator's word", () => {
  using driver = new PartitionDriver()
  driver.apply(scope, wholeScan('first', named('own', 3)))
  driver.apply(scope, wholeScan('second', []))
  const spelled = `{"kind":"hold\\u002erelease","scope":"${scope}","apply":true}`
  const pushed = driver.apply(scope, [{ kind: 'hold.release', scope, apply: true }, spelled])
  expect(pushed).toMatchObject({ changes: 0, deadLetters: 2 })
  expect(statusAfter(driver)).toEqual({ live: 3, held: 3 })
  expect(driver.reader.deadLetters(9).entries.map(({ reason }) => reason.split(':')[0])).toEqual(
    Array(2).fill('operator_record'),
  )
})
