import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../model/errors.ts'
import { loadConfig } from './load.ts'

function loaded(text: string, environment: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vaino-test-'))
  try {
    writeFileSync(join(folder, 'vaino.yaml'), text)
    return loadConfig({ folder, environment })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function problems(text: string): string[] {
  try {
    loaded(text)
  } catch (error) {
    return messageOf(error).split('\n')
  }
  return []
}

test('compare says of types what extends the shipped tables, in paths as changes print them', () => {
  const text = `compare:
  acme_queue:
    volatile: [etag, "configuration.stats[id=1].count", [metadata, annotations, a.b/c]]
    sets: [topics, a.b.subscribers]
    keyed: {configuration.rule: name, "route": cidr+table|id}
  "acme_*": {}
`
  expect(loaded(text).config.compare).toEqual([
    {
      types: ['acme_queue'],
      volatile: ['etag', 'stats.count', ['metadata', 'annotations', 'a.b/c']],
      sets: ['topics', 'b.subscribers'],
      keyed: { rule: 'name', route: 'cidr+table|id' },
    },
    { types: ['acme_*'], volatile: [], sets: [], keyed: {} },
  ])
  expect(loaded('').config.compare).toEqual([])
  const fromVariable = loaded('', { VAINO_COMPARE: '{acme_queue: {volatile: [etag]}}' })
  expect(fromVariable.config.compare[0]?.volatile).toEqual(['etag'])
})

test('what is wrong in compare is reported with its line and column', () => {
  expect(problems('compare:\n  aws_x:\n    volatle: [a]\n')).toEqual([
    'vaino.yaml:3:5: compare.aws_x.volatle is no key; did you mean volatile?',
  ])
  for (const [text, place] of [
    ['compare:\n  aws_x:\n    volatile: [a, "b c"]\n', 'vaino.yaml:3:19: compare.aws_x.volatile[1]: expected a path'],
    ['compare:\n  aws_x:\n    sets: a\n', 'vaino.yaml:3:11: compare.aws_x.sets: expected a list'],
    ['compare:\n  aws_x:\n    keyed: {a: "+"}\n', 'vaino.yaml:3:16: compare.aws_x.keyed.a: expected the fields'],
    ['compare:\n  "a * b": {}\n', 'vaino.yaml:2:12: compare.a * b: expected a resource type'],
    ['compare: [a]\n', 'vaino.yaml:1:10: compare: expected a block of keys'],
  ] as const) {
    const [problem = '', ...more] = problems(text)
    expect([text, problem.startsWith(place) ? place : problem, more]).toEqual([text, place, []])
  }
})
