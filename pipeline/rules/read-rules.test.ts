import { expect, test } from 'bun:test'
import { messageOf } from '../../model/errors.ts'
import { readRules, rulesJsonSchema } from './read-rules.ts'

function problems(text: string): string[] {
  try {
    readRules(text, 'rules.yaml')
  } catch (error) {
    return messageOf(error).split('\n')
  }
  return []
}

test('a file says what is ignored, how bad it is, whose, and what is compared how', () => {
  const { set, tables, places } = readRules(
    `ignore:
  - name: autoscaler
    type: aws_autoscaling_group
    path: [desired_capacity, "tags.*"]
    tag: {team: web}
    change: replace
    before: null
    until: 2027-01-31
    reason: the autoscaler does that
  - {type: "*", tag: ephemeral, change: [create, delete], reason: comes and goes}
volatile: {acme_queue: [stats.count]}
sets: {acme_queue: [topics], "acme_*": [x.members]}
keyed: {acme_queue: {rule: name}}
severity:
  - {type: acme_queue, severity: critical}
owner:
  - tag: team
  - {scope: "aws/*", owner: platform}
`,
    'rules.yaml',
  )
  expect(set.ignore).toEqual([
    {
      name: 'autoscaler',
      type: ['aws_autoscaling_group'],
      path: ['desired_capacity', 'tags.*'],
      tag: { team: 'web' },
      change: ['replace'],
      before: null,
      untilMs: Date.UTC(2027, 0, 31),
      reason: 'the autoscaler does that',
    },
    {
      name: 'ignore[1]',
      type: ['*'],
      tag: { ephemeral: '*' },
      change: ['create', 'delete'],
      untilMs: null,
      reason: 'comes and goes',
    },
  ])
  expect(places.get('ignore[1]')).toBe('rules.yaml:10:5')
  expect(tables).toEqual([
    { types: ['acme_queue'], volatile: ['stats.count'], sets: ['topics'], keyed: { rule: 'name' } },
    { types: ['acme_*'], volatile: [], sets: ['x.members'], keyed: {} },
  ])
  expect(set.severity).toEqual([{ type: ['acme_queue'], severity: 'critical' }])
  expect(set.owner).toEqual([
    { tag: { team: '*' }, owner: null, ownerTag: 'team' },
    { scope: ['aws/*'], owner: 'platform', ownerTag: null },
  ])
})

test('an empty file has no rules', () => {
  expect(readRules('', 'rules.yaml').set).toEqual({ ignore: [], severity: [], owner: [] })
})

test.each([
  ['ignore:\n  - {tpye: x, reason: a}\n', 'rules.yaml:2:6: ignore[0].tpye is no key; did you mean type?'],
  ['ignore:\n  - {type: x}\n', 'rules.yaml:2:5: ignore[0].reason: expected text; it is missing'],
  ['ignore:\n  - {reason: a}\n', 'rules.yaml:2:5: ignore[0]: says nothing of what it ignores'],
  ['ignore:\n  - {type: x, reason: a, change: updaet}\n', 'rules.yaml:2:34: ignore[0].change: expected one of'],
  ['ignore:\n  - {type: x, reason: a, until: soon}\n', 'rules.yaml:2:33: ignore[0].until: expected a date'],
  [
    'ignore:\n  - {path: x, reason: a, change: delete}\n',
    'rules.yaml:2:34: ignore[0].change: a delete has no single fields: leave out path',
  ],
  [
    'ignore:\n  - {type: x, reason: a, change: [delete, add]}\n',
    'rules.yaml:2:34: ignore[0].change: create, update and delete are of resources',
  ],
  [
    'ignore:\n  - {name: a, type: x, reason: a}\n  - {name: a, type: y, reason: b}\n',
    'rules.yaml:3:12: ignore[1].name: ignore[0] has this name too',
  ],
  ['severity:\n  - {type: x, severity: hihg}\n', 'rules.yaml:2:25: severity[0].severity: expected one of'],
  ['owner:\n  - {type: x}\n', 'rules.yaml:2:5: owner[0]: names no owner'],
  ['volatile: {aws_x: "a b"}\n', 'rules.yaml:1:19: volatile.aws_x: expected a list'],
  ['volatile: {"a * b": [x]}\n', 'rules.yaml:1:21: volatile.a * b: expected a resource type'],
])('%j is refused with its place: %s', (text, expected) => {
  const [problem = '', ...more] = problems(text)
  expect([problem.startsWith(expected) ? expected : problem, more]).toEqual([expected, []])
})

test('the JSON Schema describes every key', () => {
  const { properties } = rulesJsonSchema()
  for (const key of ['ignore', 'volatile', 'sets', 'keyed', 'severity', 'owner'])
    expect(properties?.[key]?.description).toMatch(/.+\./)
  for (const [key, schema] of Object.entries(properties?.ignore?.items?.properties ?? {}))
    expect(`${key}: ${schema.description}`).toMatch(/: .+\.$/)
})
