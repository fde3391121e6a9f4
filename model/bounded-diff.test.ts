import { expect, test } from 'bun:test'
import { boundedDiff } from './bounded-diff.ts'
import { diffResources } from './field-diff.ts'
import type { Json, Resource } from './resource.ts'

const resource = (configuration: Json, others: Partial<Resource> = {}): Resource =>
  ({ id: 'x', type: 'aws_security_group', provider: 'aws', configuration, ...others }) as Resource
const lengthOf = (...resources: readonly Resource[]) =>
  resources.reduce((sum, one) => sum + JSON.stringify(one).length, 0)
const compared = (before: Resource, after: Resource) => boundedDiff(before, after, lengthOf(before, after))

/** Documents below a record's 20 MB, each of which once took a worker's memory or time. */
const rule = (n: number, text: string) => ({
  ...{ from_port: n % 60_000, to_port: n % 60_000, protocol: 'tcp', cidr_blocks: [`10.${n % 250}.0.0/16`] },
  description: `${text} ${n}`,
})
const numbers = Array.from({ length: 1_200_000 }, (_, n) => n)
const huge: readonly (readonly [string, Json, Json])[] = [
  ['an array of a million numbers that is reversed', { list: numbers }, { list: numbers.toReversed() }],
  [
    'an object of 200,000 members of which each is another',
    Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, 1])),
    Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, 2])),
  ],
  [
    'a group of 50,000 rules of which each is another',
    { ingress: Array.from({ length: 50_000 }, (_, n) => rule(n, 'a')) },
    { ingress: Array.from({ length: 50_000 }, (_, n) => rule(n, 'b')) },
  ],
]

for (const [what, before, after] of huge) {
  test(`I10: ${what} is one replace of the whole configuration, and what else differs is named as ever`, () => {
    const { fields, whole } = compared(resource(before, { tags: { a: '1' } }), resource(after, { tags: { a: '2' } }))
    expect(fields.map(({ path, op }) => `${op} ${path}`)).toEqual(['replace tags.a', 'replace configuration'])
    expect(fields.at(-1)).toMatchObject({ pointer: '/configuration' })
    expect(whole).toEqual(['configuration'])
  }, 30_000)
}

test('I4: of documents too large to compare by field, another order of what is no list is no change', () => {
  const members = Array.from({ length: 150_000 }, (_, n) => [`k${n}`, n] as const)
  const [before, after] = [members, members.toReversed()].map((all) => resource(Object.fromEntries(all)))
  if (before === undefined || after === undefined) throw new Error('two are made')
  expect(compared(before, after)).toEqual({ fields: [], whole: ['configuration'] })
})

test('a value that came or went is an add or a remove, and what has few nodes is compared by field, however long', () => {
  const many = { list: numbers.slice(0, 300_000) }
  expect(compared(resource(null), resource(many)).fields.map(({ op }) => op)).toEqual(['add'])
  expect(compared(resource(many), resource(null)).fields.map(({ op }) => op)).toEqual(['remove'])
  const [before, after] = ['a', 'b'].map((text) => resource({ long: text.repeat(900_000), other: [1, 2, 3] }))
  if (before === undefined || after === undefined) throw new Error('two are made')
  expect(compared(before, after)).toEqual({ fields: diffResources(before, after), whole: [] })
})
