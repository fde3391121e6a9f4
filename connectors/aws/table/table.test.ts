import { expect, test } from 'bun:test'
import { callsOf, operationsOf, rows, sessionCalls } from './table.ts'

test('each type stands in the table once, in Terraform’s words', () => {
  const types = rows.map(({ type }) => type)
  expect(types.filter((type, at) => types.indexOf(type) !== at)).toEqual([])
  expect(types.filter((type) => !/^aws_[a-z0-9_]+$/.test(type))).toEqual([])
})

test('I15: every operation that is called only reads', () => {
  const called = [...sessionCalls, ...rows.flatMap(callsOf)].map(({ operation }) => operation)
  expect(called.filter((operation) => !/^(?:Describe|Get|List|Search|BatchGet)[A-Z]/.test(operation))).toEqual([])
  // Reading these would bring secrets in clear text, or cost money.
  expect(
    called.filter((operation) =>
      /^Get(?:SecretValue|Object|PasswordData|RandomPassword|SessionToken)$/.test(operation),
    ),
  ).toEqual([])
})

test('rows that share a listing stand beside each other', () => {
  const listings = rows.map(({ list }) => list)
  const starts = listings.filter((list, at) => list !== listings[at - 1])
  expect(starts.length).toBe(new Set(listings).size)
})

test('what is read alone is read as its listing shows it, and its id says all that is needed', () => {
  const alone = rows.filter(({ one }) => one !== undefined)
  expect(alone.length).toBeGreaterThan(40)
  // What another listing or a parent would add could not be known.
  expect(alone.filter(({ joined, list }) => joined !== undefined || list.parents !== undefined)).toEqual([])
  const without = alone.filter(({ one }) => (one?.item === undefined) === (one?.input === undefined))
  expect(without.map(({ type }) => type)).toEqual([])
  const deleting = alone.flatMap(({ one }) => one?.deletedBy ?? [])
  const forms = /^(?:Delete|Terminate|Release|Deregister|Revoke|ScheduleKeyDeletion)/
  expect(deleting.filter((operation) => !forms.test(operation))).toEqual([])
})

test('the bundle has each operation of the table once', () => {
  const operations = operationsOf(rows)
  expect(operations.sqs).toEqual(expect.arrayContaining(['ListQueues', 'GetQueueAttributes', 'ListQueueTags']))
  expect(operations.sqs).toEqual(expect.arrayContaining(['ReceiveMessage', 'ChangeMessageVisibilityBatch']))
  expect(operations.sts).toEqual(['GetCallerIdentity'])
  for (const called of Object.values(operations)) expect(new Set(called).size).toBe(called.length)
})
