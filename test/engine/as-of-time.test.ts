import { afterEach, beforeEach, describe, expect, setSystemTime, test } from 'bun:test'
import type { Key } from '../../model/scope.ts'
import { PartitionDriver } from './partition-driver.ts'

const scopes = Array.from({ length: 6 }, (_, n) => `push/-/-/things-${n}`)
const keyOf = (scope: string) => `${scope}/one` as Key
const hour = 3_600_000
const start = Date.parse('2026-03-01T00:00:00Z')
const at = (hours: number) => start + hours * hour

/** Each scope's thing takes the value of the hour, in the hours given. */
function record(driver: PartitionDriver, hours: readonly number[]): void {
  for (const n of hours) {
    setSystemTime(at(n))
    for (const scope of scopes) {
      const resource = { id: 'one', type: 't', provider: 'p', configuration: { hour: n } }
      driver.apply(scope, [{ kind: 'observed', scope, resource }])
    }
  }
}
const valuesAt = (driver: PartitionDriver, timeMs: number) =>
  [...driver.reader.items(driver.reader.asOf(timeMs).position, {})]
    .filter((item) => item !== null)
    .map(({ resource }) => (resource.configuration as { hour: number }).hour)

beforeEach(() => void setSystemTime(at(0)))
afterEach(() => void setSystemTime())

describe('the state as of a time', () => {
  test('before the first change of a log that has dropped nothing is empty', () => {
    using driver = new PartitionDriver()
    record(driver, [1, 2, 3])
    expect(valuesAt(driver, at(0))).toEqual([])
    expect(valuesAt(driver, at(2.5))).toEqual(scopes.map(() => 2))
  })

  test('I8: older than what retention has kept is refused, whichever limit dropped it; what is kept is right', () => {
    for (const retention of [
      { ageMs: 3.5 * hour, bytes: 1e12 },
      { ageMs: 1e12, bytes: 1 },
    ]) {
      using driver = new PartitionDriver(retention)
      record(driver, [1, 2, 3, 4, 5])
      setSystemTime(at(6))
      driver.expire()
      const oldest = retention.bytes === 1 ? 5 : 2
      for (const time of [at(0), at(1), at(oldest) - 1]) {
        expect(() => driver.reader.asOf(time)).toThrow(
          expect.objectContaining({
            code: 'cursor_expired',
            message: expect.stringContaining(`0${oldest}:00:00.000Z`),
          }),
        )
      }
      for (let n = oldest; n <= 6; n++) expect(valuesAt(driver, at(n))).toEqual(scopes.map(() => Math.min(n, 5)))
      // It stands in the file, and is moved by the next step.
      driver.reopen()
      expect(() => driver.reader.asOf(at(oldest) - 1)).toThrow('no longer kept')
    }
  })

  test('times of changes never go back, though the clock does and the newest change is dropped', () => {
    using driver = new PartitionDriver({ ageMs: 1e12, bytes: 1 })
    record(driver, [5])
    for (const scope of scopes) driver.apply(scope, [{ kind: 'gone', scope, id: 'one' }])
    driver.expire()
    driver.reopen()
    record(driver, [3])
    const entries = [...driver.reader.history(keyOf(scopes[0] ?? ''))]
    expect(entries.map(({ change }) => new Date(change.recordedAtMs).toISOString())).toEqual([
      '2026-03-01T05:00:00.000Z',
    ])
  })
})

test("I8: a change in a history carries the cursor as of its own time, with the other partitions' changes up to then", () => {
  using driver = new PartitionDriver()
  record(driver, [1, 2, 3, 4, 5, 6, 7])
  const { reader } = driver
  const firstPage = [...Iterator.from(reader.history(keyOf(scopes[0] ?? ''))).take(4)]
  const entries = [...reader.history(keyOf(scopes[0] ?? ''), firstPage.at(-1)?.page ?? '')]
  for (const change of [...firstPage, ...entries].map(({ change, cursor }) => change.toChange(cursor))) {
    const own = change.id.split('-').map(Number)
    const asOf = reader.asOf(Date.parse(change.recorded_at)).position.with(own[0] ?? 0, own[1] ?? 0)
    expect(reader.decode(change.cursor)).toEqual(asOf)
  }
  expect([...firstPage, ...entries].length).toBe(7)
})

test('a key with thousands of versions is looked up in slices, and a list as of then pauses too', () => {
  using driver = new PartitionDriver()
  const scope = scopes[0] ?? ''
  const versions = 9000
  driver.apply(
    scope,
    Array.from({ length: versions }, (_, n) => ({
      kind: 'observed',
      scope,
      resource: { id: 'one', type: 't', provider: 'p', configuration: { value: n + 1 } },
    })),
  )
  const { reader } = driver
  const partition = reader.head().findIndex((offset) => offset > 0)
  const at = reader.head().with(partition, 3)
  const steps = (search: Iterator<unknown>) => {
    let pauses = 0
    for (;;) {
      const { done, value } = search.next()
      if (done) return { pauses, value }
      if (value === null) pauses++
    }
  }
  const found = steps(reader.lookUp(keyOf(scope), at))
  expect(found).toMatchObject({ pauses: 2, value: { kind: 'live', item: { version: 3 } } })
  expect(reader.get(keyOf(scope), at)).toEqual(found.value as never)
  // And one behind each scope.
  expect(steps(reader.items(at, {})[Symbol.iterator]()).pauses).toBe(3)
  expect(steps(reader.between(at, reader.head(), {})[Symbol.iterator]()).pauses).toBeGreaterThan(30)
  expect([...reader.between(at, reader.head(), {})].filter((entry) => entry !== null)).toMatchObject([
    { op: 'u', before: { configuration: { value: 3 } }, after: { configuration: { value: versions } } },
  ])
})
