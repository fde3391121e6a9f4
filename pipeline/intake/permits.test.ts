import { expect, spyOn, test } from 'bun:test'
import { watchMemory } from './memory-watch.ts'
import { Permits } from './permits.ts'
import { RequestPermits } from './request-permits.ts'

async function* noBody(): AsyncGenerator<Uint8Array> {}
const one = { events: 1, bytes: 100 }
/** Everything that can happen by now has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('I10: while memory is short one piece of work goes on at a time, and all of it when memory is free again', async () => {
  const permits = new Permits({ events: 10, bytes: 10_000 })
  const running: PromiseWithResolvers<void>[] = []
  const work = () => {
    const done = Promise.withResolvers<void>()
    running.push(done)
    return done.promise
  }
  permits.pause(true)
  const all = [1, 2, 3, 4].map(() => permits.during(one, undefined, work))
  await settled()
  expect(running).toHaveLength(1)
  running[0]?.resolve()
  await settled()
  expect(running).toHaveLength(2)
  permits.pause(false)
  await settled()
  expect(running).toHaveLength(4)
  for (const done of running) done.resolve()
  await Promise.all(all)
  expect(permits.status).toMatchObject({ events: 0, bytes: 0, waiting: 0 })
})

test('where some may go on while memory is short, no more than those do', async () => {
  const permits = new Permits({ events: 10, bytes: 10_000 }, 3)
  permits.pause(true)
  const grants = [1, 2, 3, 4].map(() => permits.acquire(1, 100))
  await settled()
  expect(permits.status).toMatchObject({ events: 3, waiting: 1 })
  for (const grant of grants) (await grant).release()
})

test('work that fails gives its permits back, and work that is stopped while it waits never begins', async () => {
  const permits = new Permits({ events: 1, bytes: 100 })
  await expect(permits.during(one, undefined, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  const held = await permits.acquire(1, 100)
  const stopping = new AbortController()
  let hasBegun = false
  const waiting = permits.during(one, stopping.signal, async () => {
    hasBegun = true
  })
  stopping.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'busy' })
  held.release()
  expect([hasBegun, permits.status.events]).toEqual([false, 0])
})

test('I10: every gate closes where memory is short, and opens when it has fallen a tenth below', async () => {
  const paused: boolean[][] = [[], []]
  const gates = paused.map((calls) => ({ pause: (isPaused: boolean) => void calls.push(isPaused) }))
  const samples = [50, 101, 95, 89, 100].values()
  const seen = Promise.withResolvers<void>()
  const rss = () => {
    const { value, done } = samples.next()
    if (done) seen.resolve()
    return value ?? 50
  }
  {
    using _watch = watchMemory(gates, { gcThresholdBytes: 1000, backpressureBytes: 100, gcIntervalMs: 1000 }, rss)
    await seen.promise
  }
  expect(paused).toEqual([
    [true, false],
    [true, false],
  ])
})

test('an amount that is no finite number is refused and changes nothing for those who come after', async () => {
  const permits = new Permits({ events: 2, bytes: 100 })
  for (const amount of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    await expect(permits.acquire(1, amount)).rejects.toMatchObject({ code: 'internal' })
    await expect(permits.acquire(amount, 1)).rejects.toMatchObject({ code: 'internal' })
  }
  expect(permits.status).toMatchObject({ events: 0, bytes: 0, waiting: 0 })
  const requests = new RequestPermits(1_000_000)
  for (const amount of [Number.NaN, Number.NEGATIVE_INFINITY, -1])
    await expect(requests.read(noBody(), amount, async () => 'let in')).rejects.toMatchObject({ code: 'internal' })
  expect(await requests.read(noBody(), 10, async () => 'let in')).toBe('let in')
})

test('a node is not ready while requests ask for permits and none is let in for 30 s', async () => {
  const requests = new RequestPermits(8 * 1024 * 1024, undefined, 3_600_000)
  const ends = Promise.withResolvers<void>()
  let nowMs = 0
  const clock = spyOn(performance, 'now').mockImplementation(() => nowMs)
  try {
    const first = requests.read(noBody(), undefined, () => ends.promise)
    const second = requests.read(noBody(), undefined, () => ends.promise)
    await expect(requests.read(noBody(), undefined, () => ends.promise)).rejects.toMatchObject({ code: 'busy' })
    nowMs = 29_000
    expect(requests.problems).toEqual([])
    nowMs = 31_000
    expect(requests.problems).toEqual(['ingest: no request was let in for 31 s'])
    ends.resolve()
    await Promise.all([first, second])
    expect(requests.problems).toEqual([])
  } finally {
    clock.mockRestore()
  }
})

const pace = { windowMs: 100, slowBytesPerSecond: 10_000, leastWindowMs: 100_000, leastBytesPerSecond: 1 }
const share = 32 * 1024 * 1024
/** A body that sends a first piece, and then what it is given. */
function sender() {
  const pieces: Uint8Array[] = [new Uint8Array(10)]
  let wake = Promise.withResolvers<void>()
  let isOver = false
  async function* body(): AsyncGenerator<Uint8Array> {
    for (;;) {
      for (const piece of pieces.splice(0)) yield piece
      if (isOver) return
      await wake.promise
      wake = Promise.withResolvers<void>()
    }
  }
  return {
    body: body(),
    send: (bytes: number) => {
      pieces.push(new Uint8Array(bytes))
      wake.resolve()
    },
    end: () => {
      isOver = true
      wake.resolve()
    },
  }
}
const lengthOf = async (body: AsyncIterable<Uint8Array>) => {
  let length = 0
  for await (const piece of body) length += piece.length
  return length
}

test('uploads that have stopped leave their permits to others, and the slowest end where slow ones hold more than their share', async () => {
  const requests = new RequestPermits(share, pace, 60_000)
  const stalled = Array.from({ length: 3 }, sender)
  const stopped = stalled.map(({ body }) =>
    requests.read(body, undefined, lengthOf).then(String, (error) => error.code),
  )
  const ended = await Promise.race(stopped)
  expect(ended).toBe('busy')
  // Three held all permits of those that come fast; none of them holds one now.
  const fast = Array.from({ length: 3 }, () => sender())
  const taken = fast.map(({ body }) => requests.read(body, undefined, lengthOf))
  for (const each of fast) each.end()
  expect(await Promise.all(taken)).toEqual([10, 10, 10])
  for (const each of stalled) each.end()
  expect((await Promise.all(stopped)).toSorted()).toEqual(['10', 'busy', 'busy'])
})

test('an honest slow upload is not ended by those that have stopped, and goes on when it is fast again', async () => {
  const requests = new RequestPermits(share, pace, 60_000)
  const honest = sender()
  const whole = requests.read(honest.body, undefined, lengthOf)
  let sent = 10
  const dripping = setInterval(() => {
    honest.send(20)
    sent += 20
  }, 5)
  const stalled = Array.from({ length: 6 }, sender)
  const stopped = stalled.map(({ body }) =>
    requests.read(body, undefined, lengthOf).then(String, (error) => error.code),
  )
  expect(await Promise.all(stopped)).toEqual(stopped.map(() => 'busy'))
  clearInterval(dripping)
  honest.send(1_000_000)
  honest.end()
  expect(await whole).toBe(sent + 1_000_000)
})

test('an upload below the least rate is ended, and a request that waits too long for permits is turned away', async () => {
  const least = { ...pace, leastWindowMs: 300, leastBytesPerSecond: 100_000 }
  const requests = new RequestPermits(share, least, 20)
  const refusal = { code: 'busy', retryAfterSeconds: expect.any(Number) }
  await expect(requests.read(sender().body, undefined, lengthOf)).rejects.toMatchObject(refusal)
  const ends = Promise.withResolvers<void>()
  const all = [1, 2, 3].map(() => requests.read(noBody(), undefined, () => ends.promise))
  await expect(requests.read(noBody(), undefined, () => ends.promise)).rejects.toMatchObject(refusal)
  ends.resolve()
  await Promise.all(all)
})

test('a body that stops inside a long line is ended when another one needs the memory for its own', async () => {
  const requests = new RequestPermits(share, pace, 60_000)
  const stalled = sender()
  const hasLine = Promise.withResolvers<void>()
  const stopped = requests
    .read(stalled.body, undefined, async (body, largeLine) => {
      const { release } = await largeLine(share)
      hasLine.resolve()
      try {
        return await lengthOf(body)
      } finally {
        release()
      }
    })
    .then(String, (error) => error.code)
  await hasLine.promise
  const first = sender()
  const second = requests.read(first.body, undefined, async (body, largeLine) => {
    const { release } = await largeLine(share)
    release()
    return lengthOf(body)
  })
  first.end()
  // The one that waits is let in as soon as the other is known to be slow, not after its least rate's window of 100 s.
  expect(await second).toBe(10)
  expect(await stopped).toBe('busy')
})
