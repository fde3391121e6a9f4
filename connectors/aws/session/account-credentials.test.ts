import { expect, test } from 'bun:test'
import type { AwsCredentials } from '../sdk/clients.ts'
import { AccountCredentials } from './account-credentials.ts'

const keys = (accessKeyId: string, expiration?: Date): AwsCredentials => ({
  accessKeyId,
  secretAccessKey: 'example-only',
  ...(expiration === undefined ? {} : { expiration }),
})
const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000)

/** Credentials that come from here one after the other, each in the account that its key's first letters name. */
function credentials(given: readonly (AwsCredentials | Error)[], expected: string | null = null) {
  const counts = { given: 0, identified: 0 }
  const made = new AccountCredentials(
    {
      open: async () => async () => {
        const next = given[Math.min(counts.given++, given.length - 1)]
        if (next === undefined || next instanceof Error) throw next ?? new Error('there are none')
        return next
      },
      identify: async ({ accessKeyId }) => {
        counts.identified++
        const account = accessKeyId.slice(0, 12)
        return { account, partition: 'aws', arn: `arn:aws:iam::${account}:user/x` }
      },
    },
    'profile ops',
    expected,
  )
  return { made, counts }
}

test('credentials are asked for once for all who wait, and whose they are too', async () => {
  const { made, counts } = credentials([keys('111122223333A')])
  const [one, , identity] = await Promise.all([made.get(), made.get(), made.identity()])
  expect([one.accessKeyId, identity.account]).toEqual(['111122223333A', '111122223333'])
  await made.get()
  expect(counts).toEqual({ given: 1, identified: 1 })
})

test('what is about to expire is replaced, and the new key is asked whose it is', async () => {
  const { made, counts } = credentials([keys('111122223333A', inMinutes(4)), keys('111122223333B', inMinutes(60))])
  await made.get()
  expect((await made.get()).accessKeyId).toBe('111122223333B')
  await made.get()
  expect(counts).toEqual({ given: 2, identified: 2 })
})

test('I5: credentials that lead into another account than before are refused', async () => {
  const { made } = credentials([keys('111122223333A', inMinutes(4)), keys('999999999999B', inMinutes(60))])
  await made.get()
  await expect(made.get()).rejects.toThrow('lead into account 999999999999, not 111122223333')
})

test('a role must lead into the account that its ARN names', async () => {
  const { made } = credentials([keys('999999999999B')], '111122223333')
  await expect(made.identity()).rejects.toThrow('not 111122223333')
})

test('those that AWS has refused are dropped, and others are asked for', async () => {
  const { made, counts } = credentials([keys('111122223333A'), keys('111122223333B')])
  const refused = await made.get()
  made.drop(refused)
  expect((await made.get()).accessKeyId).toBe('111122223333B')
  // Somebody else was first.
  made.drop(refused)
  await made.get()
  expect(counts.given).toBe(2)
})

test('a failure says what to do, and is not repeated by each of many who ask at once after it', async () => {
  const { made, counts } = credentials([new Error('The SSO session associated with this profile has expired')])
  const failures = []
  for (let n = 0; n < 3; n++) failures.push(await made.get().catch((error: unknown) => error))
  expect(failures[0]).toMatchObject({ code: 'source_failed', hint: expect.stringContaining('aws sso login') })
  expect(failures[2]).toBe(failures[0])
  expect(counts.given).toBe(1)
})
