import { expect, test } from 'bun:test'
import type { CallFailure } from '../../calls/call-failure.ts'
import { Permits } from '../../calls/permits.ts'
import { type AwsCall, callAws } from './call-aws.ts'
import { failureOf } from './failure.ts'

const thrown = (name: string, status: number, headers: Readonly<Record<string, string>> = {}) =>
  Object.assign(new Error(`${name} it is`), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { statusCode: status, headers },
  })

/** A call that gets these answers in turn; after the last one each further call gets that one too. */
function calling(answers: readonly unknown[], more: Partial<AwsCall> = {}) {
  const pauses: (number | undefined)[] = []
  let calls = 0
  const call: AwsCall = {
    action: 'sqs:ListQueues',
    permits: new Permits(1),
    deadlineMs: 1000,
    budget: { take: async () => undefined, throttled: (ms) => void pauses.push(ms) },
    renew: async () => false,
    send: async () => {
      const answer = answers[Math.min(calls++, answers.length - 1)]
      if (answer instanceof Error) throw answer
      return answer
    },
    ...more,
  }
  const ended = callAws(call, new AbortController().signal).then(
    (answer) => ({ answer, failure: null }),
    (failure: unknown) => ({ answer: null, failure: failure as CallFailure }),
  )
  return { ended, pauses, count: () => calls }
}

test('a throttle pauses the budget and is made again; what the answer says of itself is left out', async () => {
  const { ended, pauses } = calling([
    thrown('ThrottlingException', 400),
    { $metadata: {}, Queues: [], At: new Date(0) },
  ])
  expect((await ended).answer).toEqual({ Queues: [], At: '1970-01-01T00:00:00.000Z' })
  expect(pauses).toHaveLength(1)
})

test('a throttle that asks for a long pause ends the call with what it asked for', async () => {
  const { ended, count } = calling([thrown('SlowDown', 503, { 'retry-after': '7' })])
  const { failure } = await ended
  expect([failure?.kind, failure?.retryAfterMs, count()]).toEqual(['throttled', 7000, 1])
})

test('what passes is made three times, a denial once', async () => {
  const passing = calling([thrown('InternalFailure', 500)])
  expect((await passing.ended).failure?.kind).toBe('passing')
  expect(passing.count()).toBe(3)
  const denied = calling([thrown('AccessDeniedException', 400)])
  expect((await denied.ended).failure).toMatchObject({ kind: 'denied', code: 'AccessDeniedException' })
  expect(denied.count()).toBe(1)
})

test('expired credentials are renewed once, and the call made again where there are others', async () => {
  const renewed = calling([thrown('ExpiredToken', 400), { ok: true }], { renew: async () => true })
  expect((await renewed.ended).answer).toEqual({ ok: true })
  const stale = calling([thrown('ExpiredToken', 400)])
  expect((await stale.ended).failure?.kind).toBe('credentials')
  expect(stale.count()).toBe(1)
})

test('a call without an answer ends with its deadline, and gives its permit back', async () => {
  const permits = new Permits(1)
  const silent = calling([], { deadlineMs: 20, permits, send: () => new Promise(() => {}) })
  expect((await silent.ended).failure?.message).toContain('no answer within')
  using _permit = await permits.take(AbortSignal.timeout(1000))
})

test('a signal ends a call at once, while it waits for its permit too', async () => {
  const permits = new Permits(1)
  using _held = await permits.take(new AbortController().signal)
  const stop = new AbortController()
  const call = {
    action: 'sqs:ListQueues',
    permits,
    deadlineMs: 60_000,
    budget: { take: async () => undefined, throttled: () => undefined },
    renew: async () => false,
    send: async () => ({}),
  }
  const waiting = callAws(call, stop.signal)
  stop.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('stopped')
})

test.each([
  ['RequestLimitExceeded', 503, 'throttled'],
  ['Throttling', 400, 'throttled'],
  ['TooManyRequestsException', 429, 'throttled'],
  ['UnauthorizedOperation', 403, 'denied'],
  ['AccessDenied', 403, 'denied'],
  ['ExpiredTokenException', 400, 'credentials'],
  ['AuthFailure', 401, 'credentials'],
  ['OptInRequired', 403, 'not_enabled'],
  ['InternalError', 500, 'passing'],
  ['ServiceUnavailable', 503, 'passing'],
  ['NoSuchBucketPolicy', 404, 'other'],
  ['NoSuchEntityException', 404, 'other'],
] as const)('%s (HTTP %d) is %s', (name, status, kind) => {
  expect(failureOf('x:Y', thrown(name, status)).kind).toBe(kind)
})

test.each([
  [
    'a connection that was cut',
    Object.assign(new Error('The socket connection was closed unexpectedly.'), { code: 'ECONNRESET' }),
  ],
  [
    'a server that is not there',
    Object.assign(new Error('Unable to connect. Is the computer able to access the url?'), {
      code: 'ConnectionRefused',
    }),
  ],
  ['half an answer', new SyntaxError('JSON Parse error: Unexpected EOF')],
])('%s passes', (_what, error) => {
  expect(failureOf('x:Y', error).kind).toBe('passing')
})
