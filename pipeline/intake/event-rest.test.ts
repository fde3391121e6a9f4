import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { restAfter } from './event-rest.ts'

/** The rest, in milliseconds, that a scope with a steady rate of events settles at. */
function settledRest(perSecond: number): number {
  let restMs = restAfter(0, 0)
  for (let parcel = 0; parcel < 20; parcel++) restMs = restAfter((perSecond * restMs) / 1000, restMs)
  return restMs
}

test('a quiet scope rests 50 ms, and a busy one as long as its hundred events take, at most 200 ms', () => {
  expect([1, 50, 99].map(settledRest)).toEqual([50, 50, 50])
  expect([200, 400, 1000, 2000, 5000].map(settledRest)).toEqual([200, 200, 100, 50, 50])
})

test('whatever came before, the rest is 50 to 200 ms', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5000)), (parcels) => {
      let restMs = 50
      for (const records of parcels) {
        restMs = restAfter(records, restMs)
        expect(restMs).toBeWithin(50, 201)
      }
    }),
  )
})
