import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { canDrift, desiredDigest, siblingTexts, type Verdict, verdictOf } from './drift.ts'
import { groupOf } from './drift-group.ts'
import type { Json, Resource } from './resource.ts'

type Attributes = { [name: string]: Json }

const schema = {
  sets: ['ports', 'rule', 'rule.cidrs', 'rule.extra', 'disk', 'volumes'],
  optional_computed: ['size', 'rule.note', 'disk.iops', 'rule.extra', 'volumes'],
  blocks: ['rule', 'disk', 'spec', 'spec.part'],
  computed: ['etag', 'spec.generation'],
}

const resource = (configuration: Attributes, metadata: Attributes = {}, tags: Attributes = {}): Resource => ({
  id: 'toy_thing.a',
  type: 'toy_thing',
  provider: 'toy',
  configuration,
  metadata: { mode: 'managed', ...metadata },
  tags,
})
const reading = (configuration: Attributes, tags: Attributes = {}): Resource =>
  resource(configuration, { schema }, tags)

const judge = (desired: Resource, live: Resource, baseline: Resource | null = null, siblings: string[] = []): Verdict =>
  verdictOf({ desired, live: { kind: 'present', resource: live, baseline }, isSibling: (id) => siblings.includes(id) })

const pathsOf = (verdict: Verdict) => verdict.fields.map(({ path }) => path)

describe('against the state', () => {
  test.each<[string, Attributes, Attributes]>([
    [
      'null, "", [], {}, 0 and false are one',
      { a: null, b: '', c: [], d: {}, e: 0 },
      { a: '', b: false, c: null, d: 0, e: [{}] },
    ],
    ['also inside the elements of a set', { disk: [{ n: 'a', x: null }] }, { disk: [{ n: 'a', x: 0 }] }],
    [
      'the order of a set',
      { rule: [{ n: 1, cidrs: ['a', 'b'] }, { n: 2 }] },
      { rule: [{ n: 2 }, { n: 1, cidrs: ['b', 'a'] }] },
    ],
    ['how JSON is spelled in a text', { policy: '{"a":1, "b":[1]}' }, { policy: '{"b":[1],"a":1.0}' }],
    ['what the provider filled in', { size: null }, { size: 12 }],
    ['a block that the state has not', { spec: [] }, { spec: [{ x: 1 }] }],
    [
      'an empty element of a set beside one that the provider alone has filled',
      { disk: [{ n: null, iops: null }, { n: 'a' }] },
      { disk: [{ n: null, iops: null }, { n: null, iops: 2 }, { n: 'a' }] },
    ],
    ['what only the provider sets', { etag: 'a', spec: [{ generation: 1 }] }, { etag: 'b', spec: [{ generation: 2 }] }],
    ['an attribute that the reading has not', { old: 'x' }, {}],
    ['a secret of which only one side is redacted', { key: '(redacted:0123456789abcdef)' }, { key: 'clear' }],
    ['a secret that only one side knows', { key: '(redacted:0123456789abcdef)' }, { key: null }],
    [
      'the type written beside a dynamic value',
      { object: { value: { a: 1 }, type: ['object', { a: 'number' }] } },
      { object: { a: 1 } },
    ],
  ])('%s is no difference', (_, desired, live) => {
    expect(judge(resource(desired), reading(live))).toMatchObject({ status: 'in_sync', fields: [] })
  })

  test.each<[string, Attributes, Attributes, Verdict['fields']]>([
    ['a value', { name: 'a' }, { name: 'b' }, [{ path: 'name', before: 'a', after: 'b' }]],
    ['what was switched on', { on: false }, { on: true }, [{ path: 'on', before: false, after: true }]],
    [
      'what the provider may fill in and the state holds',
      { size: 8 },
      { size: 9 },
      [{ path: 'size', before: 8, after: 9 }],
    ],
    [
      'a member of a set',
      { ports: [1, 2] },
      { ports: [3, 1] },
      [
        { path: 'ports[=3]', before: null, after: 3 },
        { path: 'ports[=2]', before: 2, after: null },
      ],
    ],
    [
      'one field of one element of a set',
      {
        disk: [
          { n: 'a', gb: 1 },
          { n: 'b', gb: 1 },
        ],
      },
      {
        disk: [
          { n: 'b', gb: 5 },
          { n: 'a', gb: 1 },
        ],
      },
      [{ path: 'disk[0].gb', before: 1, after: 5 }],
    ],
    [
      'a field inside JSON in a text',
      { policy: '{"Statement":[{"Effect":"Allow","Sid":"r","Action":"a"}]}' },
      { policy: '{"Statement":[{"Effect":"Allow","Sid":"r","Action":"b"}]}' },
      [{ path: 'policy.Statement[Sid=r].Action', before: 'a', after: 'b' }],
    ],
    ['a field of a block', { spec: [{ x: 1 }] }, { spec: [{ x: 2 }] }, [{ path: 'spec[0].x', before: 1, after: 2 }]],
    [
      'what is inside a dynamic value',
      { object: { value: { a: 1 }, type: ['object', {}] } },
      { object: { a: 2 } },
      [{ path: 'object.a', before: 1, after: 2 }],
    ],
    [
      'a secret',
      { key: '(redacted:0123456789abcdef)' },
      { key: '(redacted:fedcba9876543210)' },
      [{ path: 'key', before: '(redacted:0123456789abcdef)', after: '(redacted:fedcba9876543210)' }],
    ],
  ])('%s is named with exactly its field', (_, desired, live, fields) => {
    expect(judge(resource(desired), reading(live))).toMatchObject({ status: 'changed', tier: 'state', fields })
  })

  test('a tag stands beside the attributes', () => {
    expect(judge(resource({}, {}, { team: 'web' }), reading({}, { team: 'data' })).fields).toEqual([
      { path: 'tags.team', before: 'web', after: 'data' },
    ])
  })

  test('another identity means that another thing stands there', () => {
    const verdict = judge(
      resource({ id: 'a', arn: 'x', metadata: [{ uid: '1' }] }),
      reading({ id: 'a', arn: null, metadata: [{ uid: '2' }] }),
    )
    expect(verdict).toMatchObject({
      status: 'changed',
      replaced: true,
      fields: [{ path: 'metadata[0].uid', before: '1', after: '2' }],
    })
  })

  test('what moves by itself is left out', () => {
    const live = resource({ at: 2 }, { schema, volatile: ['at'] })
    expect(judge(resource({ at: 1 }), live).status).toBe('in_sync')
  })
})

describe('an element that another managed instance put there', () => {
  const desired = resource({ volumes: [{ id: 'vol-1' }] })
  const live = reading({ volumes: [{ id: 'vol-1' }, { id: 'vol-2' }] })

  test('is no drift', () => {
    expect(judge(desired, live, null, ['vol-2'])).toMatchObject({ status: 'in_sync' })
    expect(judge(desired, live)).toMatchObject({ status: 'changed' })
  })
  test('is one where something else changed in the same set', () => {
    const other = reading({ volumes: [{ id: 'vol-2' }] })
    expect(judge(desired, other, null, ['vol-2']).status).toBe('changed')
  })
  test('groups, networks and subnets are named by everything and count for nothing', () => {
    const managed = (type: string) => siblingTexts({ ...resource({ id: 'sg-123' }), type })
    expect(['aws_security_group', 'aws_vpc', 'aws_subnet', 'aws_ebs_volume'].map(managed)).toEqual([
      [],
      [],
      [],
      ['sg-123'],
    ])
  })
})

describe('an attribute that another managed instance sets', () => {
  const bucket = (configuration: Attributes, metadata: Attributes = {}): Resource => ({
    ...resource(configuration, metadata),
    id: 'module.a["x"].toy_bucket.logs["eu"]',
    type: 'toy_bucket',
  })
  const of = { optional_computed: ['policy', 'size'] }
  const desired = bucket({ policy: 'default', size: 1 })
  const live = bucket({ policy: 'open', size: 1 }, { schema: of })
  const owner: Resource = {
    ...resource({ id: 'policy-1' }, { dependencies: ['module.a["x"].toy_bucket.logs', 'toy_key.a'] }),
    id: 'toy_bucket_policy.p',
    type: 'toy_bucket_policy',
  }

  test('is drift of that one alone', () => {
    expect(judge(desired, live).status).toBe('changed')
    expect(judge(desired, live, null, siblingTexts(owner)).status).toBe('in_sync')
    expect(judge(desired, live, desired, siblingTexts(owner)).status).toBe('in_sync')
  })
  test('says nothing of the other attributes, nor of another bucket', () => {
    const grown = bucket({ policy: 'open', size: 2 }, { schema: of })
    expect(pathsOf(judge(desired, grown, null, siblingTexts(owner)))).toEqual(['size'])
    const others = siblingTexts({ ...owner, metadata: { mode: 'managed', dependencies: ['toy_bucket.other'] } })
    expect(judge(desired, live, null, others).status).toBe('changed')
  })
  test('is found by a table where the names do not say so', () => {
    const acl = {
      ...owner,
      type: 'aws_s3_bucket_acl',
      metadata: { mode: 'managed', dependencies: ['aws_s3_bucket.b'] },
    }
    const s3 = { ...bucket({ grant: [] }), id: 'aws_s3_bucket.b', type: 'aws_s3_bucket' }
    const granted = {
      ...s3,
      configuration: { grant: [{ id: 'x' }] },
      metadata: { mode: 'managed', schema: { optional_computed: ['grant'] } },
    }
    const had = { ...s3, configuration: { grant: [{ id: 'y' }] } }
    expect(judge(had, granted).status).toBe('changed')
    expect(judge(had, granted, null, siblingTexts(acl)).status).toBe('in_sync')
  })
})

test('an attribute that only one of two provider versions knows says nothing', () => {
  expect(judge(resource({ title: 'a', name: 'a' }), reading({ label: 'a', name: 'a' })).status).toBe('in_sync')
})

describe('since the state last moved', () => {
  test('a difference between two readings is certain, whatever the schema says', () => {
    const verdict = judge(
      resource({ size: null, on: false }),
      reading({ size: 9, on: false }),
      reading({ size: 8, on: false }),
    )
    expect(verdict).toMatchObject({
      status: 'changed',
      tier: 'since_apply',
      fields: [{ path: 'size', before: 8, after: 9 }],
    })
  })
  test('zero and false are values there', () => {
    expect(judge(resource({ size: null }), reading({ size: 0 }), reading({ size: null })).status).toBe('changed')
  })
  test('what both comparisons find is listed once', () => {
    const verdict = judge(
      resource({ name: 'a', other: 1 }),
      reading({ name: 'b', other: 2 }),
      reading({ name: 'a', other: 2 }),
    )
    expect(pathsOf(verdict)).toEqual(['name', 'other'])
    expect(verdict.tier).toBe('since_apply')
  })
})

test('I14: a reading for another version of the instance says nothing', () => {
  const desired = resource({ name: 'a' })
  const live = (of: Resource) => resource({ name: 'b' }, { schema, state: { digest: desiredDigest(of) } })
  expect(judge(desired, live(desired)).status).toBe('changed')
  expect(judge(desired, live(resource({ name: 'old' })))).toMatchObject({ status: 'unknown', reason: 'state_moved' })
})

test('what was not read is unknown, and what is gone is missing', () => {
  const desired = resource({})
  const isSibling = () => false
  expect(verdictOf({ desired, live: { kind: 'unknown', reason: 'denied' }, isSibling })).toMatchObject({
    status: 'unknown',
    reason: 'denied',
  })
  expect(verdictOf({ desired, live: { kind: 'missing' }, isSibling })).toMatchObject({ status: 'missing', fields: [] })
})

test('data sources, deposed objects and providers that read nothing have no drift', () => {
  const made = resource({})
  expect(canDrift(made)).toBe(true)
  const others = [{ metadata: { mode: 'data' } }, { id: 'toy_thing.a (deposed 0123abcd)' }, { provider: 'random' }]
  expect(others.map((other) => canDrift({ ...made, ...other }))).toEqual([false, false, false])
  expect(canDrift({ ...made, provider: 'cloudinit' })).toBe(false)
})

// A naive oracle: two documents are equal when some arrangement of every set's elements makes all of them equal.

const nothing = (value: Json): boolean =>
  value === null ||
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && Object.values(value).every(nothing))

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length === 0) return [[]]
  return list.flatMap((first, at) =>
    permutations([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [first, ...rest]),
  )
}

const under = (path: string, name: string) => (path === '' ? name : `${path}.${name}`)

function sameMember(path: string, was: Json, is: Json): boolean {
  if (schema.computed.includes(path)) return true
  if ([...schema.optional_computed, ...schema.blocks].includes(path) && nothing(was)) return true
  return same(path, was, is)
}

function same(path: string, was: Json, is: Json): boolean {
  if (nothing(was) && nothing(is)) return true
  if (Array.isArray(was) || Array.isArray(is)) {
    const [a, b] = [
      Array.isArray(was) ? was : nothing(was) ? [] : null,
      Array.isArray(is) ? is : nothing(is) ? [] : null,
    ]
    if (a === null || b === null) return false
    const length = Math.max(a.length, b.length)
    const padded = (list: Json[]) => [...list, ...new Array<Json>(length - list.length).fill(null)]
    const arrangements = schema.sets.includes(path) ? permutations(padded(b)) : [padded(b)]
    return arrangements.some((arranged) => padded(a).every((element, at) => same(path, element, arranged[at] ?? null)))
  }
  if (typeof was === 'object' && typeof is === 'object' && was !== null && is !== null) {
    const [a, b] = [was as Attributes, is as Attributes]
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) =>
      sameMember(under(path, name), a[name] ?? null, b[name] ?? null),
    )
  }
  return was === is
}

const scalar = fc.constantFrom<Json>(null, '', 'a', 'b', 0, 1, 2, false, true)
const scalars = fc.array(fc.constantFrom<Json>('a', 'b', 'c', 1), { maxLength: 3 })
const rule = fc.record({ n: scalar, note: scalar, cidrs: scalars, extra: scalars })
const configurations = fc.record({
  name: scalar,
  size: scalar,
  etag: scalar,
  ports: scalars,
  list: scalars,
  rule: fc.array(rule, { maxLength: 3 }),
  disk: fc.array(fc.record({ n: scalar, iops: scalar }), { maxLength: 3 }),
  spec: fc.array(
    fc.record({ x: scalar, generation: scalar, part: fc.array(fc.record({ y: scalar }), { maxLength: 2 }) }),
    { maxLength: 2 },
  ),
})

describe('as a naive oracle judges', () => {
  test('two documents of any kind', () => {
    fc.assert(
      fc.property(configurations, configurations, (was, is) => {
        const expected = Object.keys(is).every((name) =>
          sameMember(name, (was as Attributes)[name] ?? null, (is as Attributes)[name] ?? null),
        )
        expect(judge(resource(was), reading(is)).status).toBe(expected ? 'in_sync' : 'changed')
      }),
      runs(2000),
    )
  })

  test('a document and one with a single edit', () => {
    const edits = fc.tuple(
      configurations,
      fc.constantFrom('name', 'size', 'ports', 'list', 'rule', 'disk', 'spec'),
      configurations,
    )
    fc.assert(
      fc.property(edits, ([was, name, other]) => {
        const is = { ...was, [name]: other[name as 'name'] }
        const expected = sameMember(name, was[name as 'name'], is[name as 'name'])
        const verdict = judge(resource(was), reading(is))
        expect(verdict.status).toBe(expected ? 'in_sync' : 'changed')
        for (const path of pathsOf(verdict)) expect(path).toMatch(new RegExp(`^${name}(?:[.[]|$)`))
      }),
      runs(2000),
    )
  })

  test('a document is in sync with itself in any order of its sets', () => {
    const shuffled = configurations.chain((of) =>
      fc.tuple(
        fc.constant(of),
        fc.shuffledSubarray(of.ports, { minLength: of.ports.length }),
        fc.shuffledSubarray(of.rule, { minLength: of.rule.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([of, ports, rules]) => {
        expect(judge(resource(of), reading({ ...of, ports, rule: rules }), reading(of)).status).toBe('in_sync')
      }),
      runs(500),
    )
  })
})

test('instances of one block are one group, whatever their keys hold, and a single resource is in none', () => {
  expect(
    [
      'toy_web.a',
      'module.net.toy_web.a',
      'toy_web.a[0]',
      'toy_web.a["x.y"]',
      'module.net["a\\"]"].module.sub[2].toy_web.a["[3]"]',
    ].map(groupOf),
  ).toEqual([null, null, 'toy_web.a', 'toy_web.a', 'module.net.module.sub.toy_web.a'])
})
