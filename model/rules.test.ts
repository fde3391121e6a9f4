import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { compileGlob } from './glob.ts'
import type { Json } from './resource.ts'
import type { Field, Subject } from './rule-selector.ts'
import { compileRules, type IgnoreRule, type RuleSet } from './rules.ts'

const rulesOf = (...ignore: Partial<IgnoreRule>[]) =>
  compileRules({
    ignore: ignore.map((rule, at) => ({ name: `rule ${at}`, reason: 'noise', untilMs: null, ...rule })),
    severity: [],
    owner: [],
    driftIgnores: [],
  })

const field = (path: string, before: Json = 'a', after: Json = 'b'): Field => ({ path, before, after })

interface Given {
  type?: string
  scope?: string
  key?: string
  shape?: Subject['shape']
  fields?: readonly Field[]
  tags?: { [name: string]: Json }
  actor?: Json
}
const subject = (given: Given = {}): Subject => ({
  scopes: [given.scope ?? 'aws/1/eu/vm'],
  keys: [given.key ?? 'aws/1/eu/vm/i-1'],
  type: given.type ?? 'vm',
  shape: given.shape ?? 'update',
  fields: () => given.fields ?? [field('configuration.size')],
  tags: () => [given.tags ?? {}],
  actor: () => given.actor ?? null,
})

const ruleFor = (rules: ReturnType<typeof rulesOf>, given: Given = {}, atMs = 0) =>
  rules.ignoring(subject(given), atMs)?.name ?? null

test('all that a rule says must hold, and of a list one', () => {
  const rules = rulesOf({ type: ['vm', 'aws_*'], scope: ['aws/*'], tag: { team: 'we?' } })
  expect(ruleFor(rules, { tags: { team: 'web' } })).toBe('rule 0')
  expect(ruleFor(rules, { tags: { team: 'web' }, type: 'aws_x' })).toBe('rule 0')
  expect(ruleFor(rules, { tags: { team: 'web' }, type: 'disk' })).toBeNull()
  expect(ruleFor(rules, { tags: { team: 'data' } })).toBeNull()
  expect(ruleFor(rules, { tags: { team: 'web' }, scope: 'gcp/1/eu/vm' })).toBeNull()
})

test('an actor is a text or an object that holds one', () => {
  const rules = rulesOf({ actor: ['*:role/cleaner'] })
  expect(ruleFor(rules, { actor: 'arn:aws:iam::1:role/cleaner' })).toBe('rule 0')
  expect(ruleFor(rules, { actor: { arn: 'arn:aws:iam::1:role/cleaner', type: 'role' } })).toBe('rule 0')
  expect(ruleFor(rules, { actor: null })).toBeNull()
})

test('a delete is ignored only by a rule that says so', () => {
  expect(ruleFor(rulesOf({}), { shape: 'delete' })).toBeNull()
  expect(ruleFor(rulesOf({}), { shape: 'create' })).toBe('rule 0')
  expect(ruleFor(rulesOf({ change: ['delete'] }), { shape: 'delete' })).toBe('rule 0')
  expect(ruleFor(rulesOf({ change: ['delete'] }), { shape: 'update' })).toBeNull()
  expect(ruleFor(rulesOf({ path: ['size'] }), { shape: 'delete' })).toBeNull()
})

test('a change is ignored when each of its fields is, by whichever rule', () => {
  const rules = rulesOf({ path: ['stats'] }, { path: ['tags.*'] })
  const paths = (...all: string[]) => ({ fields: all.map((path) => field(path)) })
  expect(ruleFor(rules, paths('configuration.stats.count'))).toBe('rule 0')
  expect(ruleFor(rules, paths('tags.x', 'configuration.stats'))).toBe('rule 1')
  expect(ruleFor(rules, paths('configuration.stats', 'configuration.size'))).toBeNull()
  expect(ruleFor(rules, paths())).toBeNull()
  expect(ruleFor(rules, paths('configuration.statistics'))).toBeNull()
})

test('arrays are transparent in a path unless the path has brackets', () => {
  const path = 'configuration.ingress[protocol=tcp,from_port=22].cidr_blocks[=10.0.0.0/8]'
  const ignores = (...paths: string[]) => ruleFor(rulesOf({ path: paths }), { fields: [field(path)] }) !== null
  expect(ignores('ingress.cidr_blocks')).toBe(true)
  expect(ignores('configuration.ingress')).toBe(true)
  expect(ignores('ingress[*from_port=22].cidr_blocks')).toBe(true)
  expect(ignores('ingress[*from_port=443].cidr_blocks')).toBe(false)
  expect(ignores('egress.cidr_blocks')).toBe(false)
  expect(ruleFor(rulesOf({ path: ['tags.aws:*'] }), { fields: [field('tags["aws:asg name"]')] })).toBe('rule 0')
  expect(ruleFor(rulesOf({ path: ['tags.*'] }), { fields: [field('tags["no \\q JSON"]')] })).toBe('rule 0')
})

test('a rule can ask for the shape of a field and for its values', () => {
  const added = { fields: [field('configuration.x', null, 'auto-1')] }
  expect(ruleFor(rulesOf({ change: ['add'] }), added)).toBe('rule 0')
  expect(ruleFor(rulesOf({ change: ['remove'] }), added)).toBeNull()
  expect(ruleFor(rulesOf({ after: 'auto-*' }), added)).toBe('rule 0')
  expect(ruleFor(rulesOf({ after: 'manual-*' }), added)).toBeNull()
  expect(ruleFor(rulesOf({ before: null }), added)).toBe('rule 0')
  expect(ruleFor(rulesOf({ after: 3 }), { fields: [field('configuration.x', 2, 3)] })).toBe('rule 0')
})

test('a rule ends at its time, as of when the change was recorded', () => {
  const rules = rulesOf({ untilMs: 1000 })
  expect(ruleFor(rules, {}, 999)).toBe('rule 0')
  expect(ruleFor(rules, {}, 1000)).toBeNull()
})

test('the owner is the first that fits: a name, or what a tag says', () => {
  const set: RuleSet = {
    ignore: [],
    severity: [{ type: ['vm'], path: ['size'], severity: 'critical' }],
    owner: [
      { type: ['db'], owner: 'data', ownerTag: null },
      { tag: { team: '*' }, owner: null, ownerTag: 'team' },
      { owner: 'platform', ownerTag: null },
    ],
    driftIgnores: [],
  }
  const rules = compileRules(set)
  expect(rules.ownerOf(subject({ type: 'db', tags: { team: 'web' } }))).toBe('data')
  expect(rules.ownerOf(subject({ tags: { team: 'web' } }))).toBe('web')
  expect(rules.ownerOf(subject({ shape: 'delete' }))).toBe('platform')
  expect(rules.severityOf(subject())).toBe('critical')
  expect(rules.severityOf(subject({ fields: [field('configuration.other')] }))).toBeNull()
})

const word = fc.constantFrom('a', 'b', 'a*', '*b', '*', 'ab')
const path = fc.constantFrom('a', 'b', 'a.b', 'a.*', '*.b', 'c')
const anyRule = fc.record(
  {
    type: fc.array(word, { minLength: 1, maxLength: 2 }),
    path: fc.array(path, { minLength: 1, maxLength: 2 }),
    change: fc.array(fc.constantFrom('create', 'update', 'delete', 'add', 'remove'), { minLength: 1, maxLength: 2 }),
    untilMs: fc.constantFrom(null, 5, 10),
  },
  { requiredKeys: ['untilMs'] },
)
const anySubject = fc.record({
  type: fc.constantFrom('a', 'b', 'ab', 'c'),
  shape: fc.constantFrom('create', 'update', 'delete'),
  fields: fc.array(
    fc.record({
      path: fc.constantFrom('configuration.a', 'configuration.a.b', 'configuration.c', 'configuration.b[0]'),
      before: fc.constantFrom<Json>(null, 1),
      after: fc.constantFrom<Json>(null, 2),
    }),
    { maxLength: 3 },
  ),
})

/** The same, written as it is said: rule by rule, nothing compiled. */
function naive(
  rules: readonly Partial<IgnoreRule>[],
  given: Given & { fields: readonly Field[]; type: string },
  atMs: number,
): boolean {
  const { shape = 'update', fields, type } = given
  const fieldShapes = ['add', 'remove', 'replace']
  const globs = (patterns: readonly string[], text: string) => patterns.some((each) => compileGlob(each)(text))
  const active = rules.filter(
    (rule) =>
      (rule.untilMs === null || atMs < (rule.untilMs ?? 0)) && (rule.type === undefined || globs(rule.type, type)),
  )
  const ofFields = (rule: Partial<IgnoreRule>) =>
    rule.path !== undefined || rule.change?.some((each) => fieldShapes.includes(each))
  if (active.some((rule) => !ofFields(rule) && (rule.change ?? ['create', 'update']).includes(shape))) return true
  if (shape !== 'update' || fields.length === 0) return false
  return fields.every((each) => {
    const plain = each.path.replace('configuration.', '').replace(/\[.*\]/, '')
    const kind = each.before === null ? 'add' : each.after === null ? 'remove' : 'replace'
    return active.some((rule) => {
      if (!ofFields(rule)) return false
      const asked = rule.change?.filter((one) => fieldShapes.includes(one)) ?? []
      const paths = rule.path?.flatMap((one) => [one, `${one}.*`])
      return (asked.length === 0 || (asked as string[]).includes(kind)) && (paths === undefined || globs(paths, plain))
    })
  })
}

test('compiled rules ignore what the same rules ignore read one by one', () => {
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 4 }), anySubject, fc.constantFrom(0, 7, 12), (ignore, given, atMs) => {
      expect(rulesOf(...ignore).ignoring(subject(given), atMs) !== null).toBe(naive(ignore, given, atMs))
    }),
    runs(2000),
  )
})
