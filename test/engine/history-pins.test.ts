import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Position } from '../../model/cursor.ts'
import { runs } from '../property.ts'
import { PartitionDriver } from './partition-driver.ts'

const scopes = ['aws/1/eu-west-1/vm', 'aws/2/eu-west-1/vm', 'gcp/x/-/disk'] as const
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('observed' as const),
      scope: fc.constantFrom(...scopes),
      id: fc.constantFrom('a', 'b'),
      value: fc.nat(9),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('pin' as const, 'unpin' as const), pin: fc.nat(2) }) },
)

const snapshot = ({ reader }: PartitionDriver, at: Position) =>
  [...reader.items(at, {})].flatMap((item) => (item === null ? [] : [[item.key, item.version, item.resource]]))

test('what is pinned is kept from retention until it is not pinned any more, and nothing else is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      // Everything that is there when retention runs is too old.
      using driver = new PartitionDriver({ ageMs: 0, bytes: 1e12 })
      const { reader } = driver
      const pinned = new Map<number, { at: Position; items: unknown }>()
      for (const one of steps) {
        if (one.kind === 'observed') {
          const { scope, id, value } = one
          const resource = { id, type: 'vm', provider: 'aws', configuration: { value } }
          driver.apply(scope, [{ kind: 'observed', scope, resource }])
        } else if (one.kind === 'expire') driver.expire()
        else if (one.kind === 'unpin') {
          driver.pins.clear(one.pin)
          pinned.delete(one.pin)
        } else {
          const at = reader.head()
          driver.pins.set(one.pin, at)
          pinned.set(one.pin, { at, items: snapshot(driver, at) })
        }
        for (const { at, items } of pinned.values()) {
          expect(reader.decode(reader.encode(at))).toEqual([...at])
          expect(snapshot(driver, at)).toEqual(items as never)
        }
      }
      driver.expire()
      const lowest = reader.head().map((head, p) => Math.min(head, ...[...pinned.values()].map(({ at }) => at[p] ?? 0)))
      expect(reader.floor()).toEqual(lowest)
    }),
    runs(20),
  )
}, 60_000)

test('what is pinned may take four times what history may, and then goes as if it were not pinned', () => {
  using driver = new PartitionDriver({ ageMs: 1e12, bytes: 10_000 })
  const { reader } = driver
  const scope = scopes[0]
  const put = (value: string) => {
    driver.apply(scope, [
      { kind: 'observed', scope, resource: { id: 'a', type: 'vm', provider: 'aws', configuration: { value } } },
    ])
    driver.expire()
  }
  put('first')
  const at = reader.head()
  driver.pins.set(0, at)
  // Each has its value three times: before, after, and in the field.
  for (let n = 0; n < 4; n++) put(`${n}`.repeat(2000))
  expect(reader.decode(reader.encode(at))).toEqual([...at])
  for (let n = 0; n < 4; n++) put(`${n}`.repeat(2000))
  expect(() => reader.decode(reader.encode(at))).toThrow('no longer kept')
})
