import { expect, test } from 'bun:test'
import { CallFailure } from '../../calls/call-failure.ts'
import type { Listing, Row } from '../table/row.ts'
import { failure, readFrom } from './test-reader.ts'

const list: Listing = { service: 'sqs', operation: 'ListThings', next: { Token: 'Next' }, truncated: 'More' }
const row: Row = { type: 'aws_thing', list, items: 'Things', id: '{Id}' }
const things = (...ids: string[]) => ({ Things: ids.map((Id) => ({ Id })) })

test('pages are followed by their token, in order, and a thing that comes twice is observed once', async () => {
  const read = await readFrom(row, {
    ListThings: ({ Token }) =>
      Token === undefined ? { ...things('a', 'b'), Next: '2', More: true } : things('b', 'c'),
  })
  expect(read.ids).toEqual(['a', 'b', 'c'])
  expect(read.calls).toEqual(['ListThings {}', 'ListThings {"Token":"2"}'])
  expect(read.error).toBeNull()
})

test.each([
  ['an answer without its list', () => ({}), 'no Things, not even an empty one'],
  ['a list of what are no objects', () => ({ Things: [1] }), 'no object'],
  ['pages that go in circles', () => ({ ...things('a'), Next: '2' }), 'go in circles'],
  ['more without a token', () => ({ ...things('a'), More: true }), 'says that more follows'],
])('I5: %s ends the scan as incomplete', async (_what, answer, said) => {
  const { error } = await readFrom(row, { ListThings: answer })
  expect(error).toBeInstanceOf(CallFailure)
  expect((error as CallFailure).message).toContain(said)
})

test('an item without what its row is sure of is missed, and the others are observed', async () => {
  const read = await readFrom(row, { ListThings: () => ({ Things: [{ Id: 'a' }, { Name: 'b' }, { Id: 'c' }] }) })
  expect(read.ids).toEqual(['a', 'c'])
  expect(read.missed.map(String)).toEqual(['Error: an answer lacks the member Id'])
})

const detailed: Row = {
  ...row,
  details: [
    { operation: 'GetThing', input: { Name: '{Id}', All: [true] }, take: 'Detail', as: 'Detail', absent: ['None'] },
  ],
  gone: ['NotFound'],
}

test('a detail is asked of each item, is absent where AWS says so, and a thing that is gone by then is left out', async () => {
  const read = await readFrom(detailed, {
    ListThings: () => things('a', 'b', 'c'),
    GetThing: ({ Name }) => (Name === 'a' ? { Detail: 1 } : failure(Name === 'b' ? 'None' : 'NotFound')),
  })
  expect(read.calls).toContain('GetThing {"Name":"a","All":[true]}')
  expect(read.resources.map(({ configuration }) => configuration)).toEqual([{ Id: 'a', Detail: 1 }, { Id: 'b' }])
  expect(read.missed).toEqual([])
})

test('I5: an item whose detail can’t be read is missed and not observed in part', async () => {
  const read = await readFrom(detailed, {
    ListThings: () => things('a', 'b', 'c'),
    GetThing: ({ Name }) => (Name === 'b' ? failure('AccessDenied', 'denied') : Name === 'c' ? {} : { Detail: 1 }),
  })
  expect(read.ids).toEqual(['a'])
  expect(read.missed).toHaveLength(2)
  expect(read.error).toBeNull()
})

test('an operation that keeps failing ends the scan instead of being asked a thousand times', async () => {
  const many = Array.from({ length: 1000 }, (_, n) => `t${n}`)
  const read = await readFrom(detailed, {
    ListThings: () => things(...many),
    GetThing: () => failure('AccessDenied', 'denied'),
  })
  expect(read.error).toBeInstanceOf(CallFailure)
  expect(read.calls.length).toBeLessThan(30)
})

test('a part that is a type of its own is there only where the call answers something', async () => {
  const part: Row = {
    ...row,
    keep: ['Id'],
    details: [{ operation: 'GetPart', input: { Name: '{Id}' }, isTheThing: true, absent: ['NoPart'] }],
  }
  const read = await readFrom(part, {
    ListThings: () => ({ Things: [{ Id: 'a', Size: 1 }, { Id: 'b' }, { Id: 'c' }] }),
    GetPart: ({ Name }) => (Name === 'a' ? { Rules: [] } : Name === 'b' ? {} : failure('NoPart')),
  })
  expect(read.resources.map(({ configuration }) => configuration)).toEqual([{ Id: 'a', Rules: [] }])
})

const tagged: Row = {
  ...row,
  batches: [
    {
      operation: 'DescribeTags',
      ids: { member: 'Ids', each: '{Id}' },
      size: 2,
      answers: 'Descriptions',
      key: '{For}',
      take: 'Tags',
      as: 'Tags',
    },
  ],
}
const described = (ids: unknown) =>
  (ids as string[])
    .map((id) => ({
      For: id,
      Tags: [
        { Key: 'Name', Value: id.toUpperCase() },
        { Key: 'aws:by', Value: 'x' },
      ],
    }))
    .reverse()

test('what is asked in batches is joined by id; tags of AWS’s own stand apart', async () => {
  const read = await readFrom(tagged, {
    ListThings: () => things('a', 'b', 'c'),
    DescribeTags: ({ Ids }) => ({ Descriptions: described(Ids) }),
  })
  expect(read.calls.slice(1)).toEqual(['DescribeTags {"Ids":["a","b"]}', 'DescribeTags {"Ids":["c"]}'])
  expect(read.resources.map(({ name, tags }) => [name, tags])).toEqual([
    ['A', { Name: 'A' }],
    ['B', { Name: 'B' }],
    ['C', { Name: 'C' }],
  ])
  expect(read.resources[0]?.metadata).toEqual({ aws_tags: { 'aws:by': 'x' } })
})

test('I5: a batch whose answer leaves an item out is missed as a whole', async () => {
  const read = await readFrom(tagged, {
    ListThings: () => things('a', 'b', 'c'),
    DescribeTags: ({ Ids }) => ({ Descriptions: described(Ids).slice(0, 1) }),
  })
  expect(read.ids).toEqual(['c'])
  expect(read.missed).toHaveLength(1)
})

test('what another listing knows is joined, and a thing that it lacks is missed', async () => {
  const joined: Row = {
    ...row,
    joined: { of: { list: { service: 'sqs', operation: 'ListMore' }, items: 'More' }, key: '{Id}', take: ['Size'] },
  }
  const read = await readFrom(joined, {
    ListThings: () => things('a', 'new'),
    ListMore: () => ({ More: [{ Id: 'a', Size: 7, Noise: 1 }] }),
  })
  expect(read.resources.map(({ configuration }) => configuration)).toEqual([{ Id: 'a', Size: 7 }])
  expect(read.missed).toHaveLength(1)
})

test('what is listed below something is listed for each of these, and carries it', async () => {
  const below: Row = {
    ...row,
    list: { ...list, operation: 'ListBelow', input: { Of: '{$parent.Id}' }, parents: row, absent: ['NoParent'] },
    id: '{$parent.Id}/{Id}',
  }
  const read = await readFrom(below, {
    ListThings: ({ Token }) => (Token === undefined ? { ...things('p', 'gone'), Next: '2' } : things('q')),
    ListBelow: ({ Of }) => (Of === 'gone' ? failure('NoParent') : things('x')),
  })
  expect(read.ids).toEqual(['p/x', 'q/x'])
  expect(read.resources[0]?.configuration).toEqual({ Id: 'x' })
})

test('members that say how a thing is are kept and not compared, inside of lists too', async () => {
  const stateful: Row = {
    ...row,
    metadata: ['State', 'Disks.Status'],
    arn: 'arn:{$partition}:x:{$region}:{$account}:{Id}',
  }
  const read = await readFrom(stateful, {
    ListThings: () => ({ Things: [{ Id: 'a', State: 'on', Disks: [{ Name: 'd', Status: 'ok' }, { Name: 'e' }] }] }),
  })
  expect(read.resources[0]).toEqual({
    id: 'a',
    type: 'aws_thing',
    name: null,
    provider: 'aws',
    account: '111122223333',
    region: 'eu-west-1',
    configuration: { Id: 'a', Disks: [{ Name: 'd' }, { Name: 'e' }] },
    metadata: { arn: 'arn:aws:x:eu-west-1:111122223333:a', State: 'on', 'Disks.Status': ['ok', null] },
    tags: {},
  })
})
