import { expect, test } from 'bun:test'
import { VainoError } from '../../model/errors.ts'
import { type Check, findings, ok, thrown } from './finding.ts'

const after = (promise: Promise<unknown>, name: string): Check => ({
  name,
  run: async () => {
    await promise
    return [ok(name, 'done')]
  },
})

test('checks run at once and are reported in their order, whichever fail', async () => {
  const second = Promise.withResolvers<void>()
  const checks: Check[] = [
    after(second.promise, 'first'),
    {
      name: 'second',
      async run() {
        second.resolve()
        throw new VainoError('storage_full', 'the disk is full', { hint: 'Free some.' })
      },
    },
    after(Promise.resolve(), 'third'),
  ]
  expect(await Array.fromAsync(findings(checks, 10_000))).toEqual([
    ok('first', 'done'),
    { check: 'second', status: 'failed', message: 'the disk is full', hint: 'Free some.' },
    ok('third', 'done'),
  ])
})

test('a check that hangs has failed, is aborted, and holds up no other', async () => {
  let stopped = false
  const hangs: Check = {
    name: 'hangs',
    run: (signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          stopped = true
        })
      }),
  }
  const found = await Array.fromAsync(findings([hangs, after(Promise.resolve(), 'other')], 20))
  expect(found.map(({ check, status }) => [check, status])).toEqual([
    ['hangs', 'failed'],
    ['other', 'ok'],
  ])
  expect(found[0]?.message).toBe('no answer within 0.02 s')
  expect(stopped).toBe(true)
  const short = await Array.fromAsync(findings([{ ...hangs, withinMs: 10 }], 600_000))
  expect(short.map(({ message }) => message)).toEqual(['no answer within 0.01 s'])
})

test('I9: a secret in what is found is masked', () => {
  const error = new Error('http://user:hunter2hunter2@backend/state does not answer')
  expect(JSON.stringify(thrown('source terraform:http://user:hunter2hunter2@backend/state', error))).not.toContain(
    'hunter2',
  )
})
