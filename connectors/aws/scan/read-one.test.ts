import { expect, test } from 'bun:test'
import { CallFailure } from '../../calls/call-failure.ts'
import type { Row } from '../table/row.ts'
import { readOne } from './read-one.ts'
import { type Answers, failure, testReader } from './test-reader.ts'

const list = { service: 'sqs', operation: 'ListThings', input: { MaxResults: 10 } } as const
const listed: Row = {
  ...{ type: 'aws_thing', list, items: 'Things', id: '{Id}', arn: '{Arn}' },
  one: { input: { Ids: ['{$id}'] }, absent: ['NoSuchThing'] },
  skip: ({ State }) => State === 'deleted',
}
const described: Row = {
  ...{ type: 'aws_thing', list, items: 'Ids', as: 'Id', id: '{Id}', arn: '{Arn}', gone: ['Gone'] },
  one: { item: { Id: '{$id}' } },
  details: [{ operation: 'GetThing', input: { Id: '{Id}' } }],
}

const arn = (id: string, account = '111122223333', region = 'eu-west-1') => `arn:aws:x:${region}:${account}:${id}`

async function read(row: Row, id: string, answers: Answers) {
  const { reader, calls } = testReader(answers)
  const found = await readOne(row, id, reader, new AbortController().signal).catch((error: unknown) => error)
  return { found, calls }
}

test('one thing is read by the listing’s call with its id, and nothing else that is answered is taken for it', async () => {
  const things = {
    Things: [
      { Id: 'a-1', Arn: arn('a-1') },
      { Id: 'a', Arn: arn('a') },
    ],
  }
  const { found, calls } = await read(listed, 'a', { ListThings: () => things })
  expect(found).toMatchObject({ id: 'a', type: 'aws_thing', metadata: { arn: arn('a') } })
  expect(calls).toEqual(['ListThings {"Ids":["a"]}'])
})

test('it is not there where AWS says so, answers with others, or shows what the listing leaves out', async () => {
  expect((await read(listed, 'a', { ListThings: () => failure('NoSuchThing') })).found).toBeNull()
  expect((await read(listed, 'a', { ListThings: () => ({ Things: [] }) })).found).toBeNull()
  const deleted = { Id: 'a', Arn: arn('a'), State: 'deleted' }
  expect((await read(listed, 'a', { ListThings: () => ({ Things: [deleted] }) })).found).toBeNull()
  expect((await read(described, 'a', { GetThing: () => failure('Gone') })).found).toBeNull()
})

test('what could not be looked at is not gone', async () => {
  expect((await read(listed, 'a', { ListThings: () => failure('Throttling', 'throttled') })).found).toBeInstanceOf(
    CallFailure,
  )
  expect((await read(listed, 'a', { ListThings: () => ({}) })).found).toBeInstanceOf(CallFailure)
  expect((await read(described, 'a', { GetThing: () => failure('Denied', 'denied') })).found).toBeInstanceOf(
    CallFailure,
  )
})

test('a thing of another account or region is not taken: its id came from a message that may be forged', async () => {
  for (const foreign of [arn('a', '999999999999'), arn('a', '111122223333', 'us-east-1')]) {
    const { found } = await read(described, 'a', { GetThing: () => ({ Arn: foreign }) })
    expect(String(found)).toContain('not known to be of account 111122223333 in eu-west-1')
  }
  expect((await read(described, 'a', { GetThing: () => ({ Arn: arn('a', '', '') }) })).found).toMatchObject({ id: 'a' })
  for (const id of [arn('a', '999999999999'), 'https://sqs.eu-west-1.amazonaws.com/999999999999/a']) {
    const { found, calls } = await read(described, id, { GetThing: () => ({}) })
    expect(String(found)).toContain('not of account 111122223333 in eu-west-1')
    expect(calls).toEqual([])
  }
})

test('an id that no list has it by is left to the list', async () => {
  const former = 'https://eu-west-1.queue.amazonaws.com/111122223333/a'
  expect((await read(described, former, { GetThing: () => ({}) })).found).toBeInstanceOf(CallFailure)
  const url = 'https://sqs.eu-west-1.amazonaws.com/111122223333/a'
  expect((await read(described, url, { GetThing: () => ({ Arn: arn('a') }) })).found).toMatchObject({ id: url })
  const spelled = { Things: [{ Id: 'mydb', Arn: arn('mydb') }] }
  expect(String((await read(listed, 'MyDB', { ListThings: () => spelled })).found)).toContain('another spelling')
  const paged: Row = { ...listed, list: { ...list, next: { NextToken: 'NextToken' } } }
  const first = { Things: [], NextToken: 'more' }
  expect(String((await read(paged, 'a', { ListThings: () => first })).found)).toContain('on a later page')
})
