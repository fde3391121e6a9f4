import { expect, test } from 'bun:test'
import { createRequestRate } from './request-rate.ts'
import { startTestServer, type TestServer } from './test-server.ts'

test('a caller has so many requests a second, twice as many at once, and each its own', () => {
  let nowMs = 0
  const take = createRequestRate(10, () => nowMs)
  const taken = (caller: string, tries: number) => {
    let count = 0
    for (let n = 0; n < tries; n++) {
      try {
        take(caller)
        count++
      } catch (error) {
        expect(error).toMatchObject({ code: 'busy', retryAfterSeconds: expect.any(Number) })
      }
    }
    return count
  }
  expect([taken('ann', 50), taken('bob', 50)]).toEqual([20, 20])
  nowMs = 1_000
  expect(taken('ann', 50)).toBe(10)
  nowMs = 1_050
  expect(taken('ann', 50)).toBe(0)
  nowMs = 3_600_000
  expect(taken('ann', 50)).toBe(20)
})

test('more requests than are answered get 429 with the time to come back, and tokens are not tried faster', async () => {
  const tokens = { read: ['reader-token-0001'], ingest: [], admin: [] }
  await using server = await startTestServer({ tokens, limits: { requestsPerSecond: 1 } })
  const statuses = async (of: TestServer, token: string) => {
    const found: [number, boolean][] = []
    for (let n = 0; n < 5; n++) {
      const { status, headers } = await of.get('/v1/me', { headers: { authorization: `Bearer ${token}` } })
      found.push([status, Number(headers.get('retry-after')) >= 1])
    }
    return found
  }
  const good = await statuses(server, 'reader-token-0001')
  expect(good[0]).toEqual([200, false])
  expect(good).toContainEqual([429, true])
  const guessed = await statuses(server, 'guessed-token-001')
  expect(guessed[0]).toEqual([401, false])
  expect(guessed).toContainEqual([429, true])
  // A probe is no caller.
  expect((await server.get('/healthz')).status).toBe(200)
})
