import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isChange } from '../../model/change.ts'
import type { Cursor } from '../../model/cursor.ts'
import { runs } from '../property.ts'
import { PartitionDriver } from './partition-driver.ts'

const scope = 'push/-/-/things'
const observed = (id: string, value: number) => ({
  kind: 'observed',
  scope,
  resource: { id, type: 'thing', provider: 'push', configuration: { value } },
})
const sightings = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 3 })), { maxLength: 30 })

/** The values that each id took, one after another, without repetitions: what the changes must tell. */
function valuesOf(seen: readonly (readonly [string, number])[]): Record<string, number[]> {
  const values: Record<string, number[]> = {}
  for (const [id, value] of seen) {
    const list = values[id] ?? []
    if (list.at(-1) !== value) list.push(value)
    values[id] = list
  }
  return values
}

function recorded(driver: PartitionDriver): Record<string, unknown[]> {
  const { reader } = driver
  const values: Record<string, unknown[]> = {}
  reader.head().forEach((head, partition) => {
    for (const row of reader.changes(partition, 0, head, 1_000).filter(isChange)) {
      const { resource, after } = row.toChange('' as Cursor)
      const list = values[resource.id] ?? []
      list.push(after?.configuration?.value)
      values[resource.id] = list
    }
  })
  return values
}

describe('a thing that is seen again and again in one batch', () => {
  test('I3: goes from A to B and back to A in two changes, whether or not it was known before', () => {
    for (const known of [false, true]) {
      for (const isForgotten of [false, true]) {
        using driver = new PartitionDriver()
        if (known) driver.apply(scope, [observed('a', 1)])
        if (isForgotten) driver.reopen()
        driver.apply(scope, [observed('a', 1), observed('a', 2), observed('a', 1)])
        expect(recorded(driver)).toEqual({ a: [1, 2, 1] })
      }
    }
  })

  test('I3, I11: records every value that it took, in its order, however the batches are cut', () => {
    fc.assert(
      fc.property(fc.array(sightings, { maxLength: 4 }), fc.boolean(), (batches, isForgotten) => {
        using driver = new PartitionDriver()
        for (const batch of batches) {
          if (isForgotten) driver.reopen()
          if (batch.length > 0)
            driver.apply(
              scope,
              batch.map(([id, value]) => observed(id, value)),
            )
        }
        expect(recorded(driver)).toEqual(valuesOf(batches.flat()))
      }),
      runs(60),
    )
  }, 60_000)
})
