import { expect, test } from 'bun:test'
import { eventFlood } from '../../../test/ministack/event-flood.ts'
import { seedOf } from '../../../test/random.ts'

/** `AWS_EVENTS=10000` looks harder; `npm run bench -- aws-events` says what it took. */
const events = Number(process.env.AWS_EVENTS ?? 1000)

test('I1, I5: of events that come all at once, doubled, forged, in no order, each is acknowledged once what came of it is recorded', async () => {
  const flood = await eventFlood(events, seedOf())
  expect(flood.changes).toEqual(flood.edits)
  expect(flood.left).toBe(0)
  expect(flood.early).toEqual([])
  expect(flood.writes).toEqual([])
  // Each thing is read about once a second while events name it. So many events share reads, and of few events there are more reads than events.
  if (events >= 10_000) expect(flood.reads).toBeLessThan(events)
  expect(flood.residentMost - flood.residentBefore).toBeLessThan(150e6)
}, 900_000)
