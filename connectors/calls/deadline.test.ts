import { expect, test } from 'bun:test'
import { Deadline } from './deadline.ts'

const abortOf = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

test('a call that takes too long is ended and says so', async () => {
  using deadline = new Deadline(new AbortController().signal, 20)
  await abortOf(deadline.signal)
  expect([deadline.isLate, deadline.signal.reason.message]).toEqual([true, 'no answer within 0.02 s'])
})

test('a call ends with what it is a part of, also where that has ended already', () => {
  const whole = new AbortController()
  using deadline = new Deadline(whole.signal, 60_000)
  whole.abort(new Error('stopped'))
  using later = new Deadline(whole.signal, 60_000)
  for (const { signal, isLate } of [deadline, later])
    expect([isLate, signal.aborted, signal.reason.message]).toEqual([false, true, 'stopped'])
})

test('a call that has ended is no longer ended by anything', () => {
  const whole = new AbortController()
  const deadline = new Deadline(whole.signal, 60_000)
  deadline[Symbol.dispose]()
  whole.abort(new Error('stopped'))
  expect(deadline.signal.aborted).toBe(false)
})
