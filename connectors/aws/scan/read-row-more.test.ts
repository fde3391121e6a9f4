import { expect, test } from 'bun:test'
import type { JsonObject } from '../../../model/json.ts'
import type { Listing, Row } from '../table/row.ts'
import { wafv2Rows } from '../table/rows/wafv2.ts'
import { failure, readFrom } from './test-reader.ts'

const list: Listing = { service: 'sqs', operation: 'ListThings' }
const row: Row = { type: 'aws_thing', list, items: 'Things', id: '{Id}' }
const things = (...ids: string[]) => ({ Things: ids.map((Id) => ({ Id })) })

test('a listing that must be told of what is asked for each of these, and its pages too', async () => {
  const asked: Row = { ...row, list: { ...list, inputs: [{ Kind: 'x' }, { Kind: 'y' }], next: { Token: 'Next' } } }
  const read = await readFrom(asked, {
    ListThings: ({ Kind, Token }) =>
      Kind === 'x' && Token === undefined ? { ...things('a'), Next: '2' } : things(`${Kind}${Token ?? ''}`),
  })
  expect(read.ids).toEqual(['a', 'x2', 'y'])
  expect(read.error).toBeNull()
})

test('where an answer says that it was the last, its token is not followed', async () => {
  const read = await readFrom(
    { ...row, list: { ...list, next: { After: 'Things.-1.Id' }, truncated: 'More' } },
    {
      ListThings: ({ After }) =>
        After === undefined ? { ...things('a', 'b'), More: true } : { ...things('c'), More: false },
    },
  )
  expect(read.calls).toEqual(['ListThings {}', 'ListThings {"After":"b"}'])
  expect(read.ids).toEqual(['a', 'b', 'c'])
})

test('one thing that stands alone is read, and none where AWS says that there is none', async () => {
  const single: Row = { ...row, items: 'Thing', single: true, id: () => 'the-one' }
  const alone: Row = { ...single, list: { ...list, absent: ['None'] } }
  expect((await readFrom(alone, { ListThings: () => ({ Thing: { Size: 1 } }) })).ids).toEqual(['the-one'])
  expect((await readFrom(alone, { ListThings: () => failure('None') })).ids).toEqual([])
  expect((await readFrom(alone, { ListThings: () => ({}) })).error).not.toBeNull()
})

test('what a row doesn’t mean is left out, by where it is read and by what its details say', async () => {
  const own: Row = {
    ...row,
    only: ({ Owner }, { $account }) => Owner === $account,
    details: [{ operation: 'GetThing', input: { Id: '{Id}' }, when: ({ Id }) => Id !== 'c' }],
    dropped: ({ State }) => State === 'deleted',
  }
  const read = await readFrom(own, {
    ListThings: () => ({
      Things: [
        { Id: 'a', Owner: '111122223333' },
        { Id: 'b', Owner: '111122223333' },
        { Id: 'c', Owner: '111122223333' },
        { Id: 'd', Owner: '999999999999' },
      ],
    }),
    GetThing: ({ Id }) => ({ State: Id === 'a' ? 'deleted' : 'on' }),
  })
  expect(read.ids.sort()).toEqual(['b', 'c'])
  expect(read.calls.filter((call) => call.startsWith('GetThing'))).toHaveLength(2)
})

const paged: Row = {
  ...row,
  details: [{ operation: 'ListParts', input: { Id: '{Id}' }, next: { Token: 'Next' }, take: 'Parts', as: 'Parts' }],
}

test('the pages of a detail are one', async () => {
  const read = await readFrom(paged, {
    ListThings: () => things('a'),
    ListParts: ({ Token }) => (Token === undefined ? { Parts: [1, 2], Next: '2' } : { Parts: [3] }),
  })
  expect(read.resources[0]?.configuration).toEqual({ Id: 'a', Parts: [1, 2, 3] })
})

test('I5: an item of whose detail a page is missing is missed', async () => {
  const pages: ((input: JsonObject) => JsonObject)[] = [
    ({ Token }) => (Token === undefined ? { Parts: [1], Next: '2' } : {}),
    () => ({ Parts: [1], Next: '2' }),
  ]
  for (const ListParts of pages) {
    const read = await readFrom(paged, { ListThings: () => things('a'), ListParts })
    expect(read.ids).toEqual([])
    expect(read.missed).toHaveLength(1)
  }
})

test('a call for many leaves out those that it isn’t for, and says whose they are', async () => {
  const below: Row = {
    ...row,
    list: { ...list, operation: 'ListBelow', input: { Of: '{$parent.Id}' }, parents: row },
    batches: [
      {
        operation: 'GetMany',
        ids: { member: 'Ids', each: '{Id}' },
        input: { Of: '{$parent.Id}' },
        size: 2,
        when: ({ Id }) => Id !== 'secret',
        answers: 'Found',
        key: '{Id}',
        take: 'Value',
        as: 'Value',
      },
    ],
  }
  const read = await readFrom(below, {
    ListThings: () => things('p'),
    ListBelow: () => things('x', 'secret', 'y'),
    GetMany: ({ Ids }) => ({ Found: (Ids as string[]).map((Id) => ({ Id, Value: `of ${Id}` })) }),
  })
  expect(read.calls).toContain('GetMany {"Of":"p","Ids":["x","y"]}')
  expect(read.resources.map(({ configuration }) => configuration?.Value ?? null).sort()).toEqual([null, 'of x', 'of y'])
})

test('what CloudFormation made is its stack’s', async () => {
  const read = await readFrom(row, {
    ListThings: () => ({
      Things: [{ Id: 'a', Tags: [{ Key: 'aws:cloudformation:stack-id', Value: 's' }] }, { Id: 'b' }],
    }),
  })
  expect(read.resources.map(({ metadata }) => metadata?.ambient ?? null)).toEqual(['child', null])
})

test('web ACLs of CloudFront are read in the one region where AWS has them, each by its own scope', async () => {
  const [acls] = wafv2Rows
  if (acls === undefined) throw new Error('there is no row')
  const listed = { REGIONAL: 'regional', CLOUDFRONT: 'global' } as Readonly<Record<string, string>>
  const arnOf = (Scope: unknown) => `arn:aws:wafv2:us-east-1:111122223333:${listed[String(Scope)]}/webacl/guard/1`
  const read = (region: string) =>
    readFrom(
      acls,
      {
        ListWebACLs: ({ Scope }) => ({ WebACLs: [{ Name: 'guard', Id: `of-${Scope}`, ARN: arnOf(Scope) }] }),
        GetWebACL: ({ Scope, Id }) =>
          Id === `of-${Scope}` ? { WebACL: { Rules: [] } } : failure('WAFNonexistentItemException'),
        ListTagsForResource: () => ({ TagInfoForResource: { TagList: [] } }),
      },
      region,
    )
  expect((await read('us-east-1')).ids).toEqual(['of-REGIONAL', 'of-CLOUDFRONT'])
  expect((await read('eu-west-1')).ids).toEqual(['of-REGIONAL'])
})
