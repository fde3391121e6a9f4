import { describe, expect, test } from 'bun:test'
import type { Batch, InputBatch, OperatorContext, Outcome } from './batch.ts'
import { compare } from './compare.ts'
import { decode } from './decode.ts'
import { dropUnchanged } from './drop-unchanged.ts'
import { operatorCases } from './operator.case.ts'
import { candidatesOf, gone, input, observed, recordBytes, scope, TestPartition } from './test-partition.case.ts'

const step = (context: OperatorContext) => (source: Parameters<ReturnType<typeof decode>>[0]) =>
  source.pipe(decode(context), dropUnchanged(context), compare(context))

operatorCases({ name: 'compare', step, ids: candidatesOf, asks: 'find' })

const outcomesOf = (batch: Batch) => batch.candidates.map(({ outcome }) => outcome)
const outcomes = (partition: TestPartition, ...inputs: InputBatch[]): (Outcome | null)[] =>
  partition.run(step, outcomesOf, ...inputs).flat()

describe('what became of an observation', () => {
  test('a resource that nobody has seen is changed, with nothing before it', () => {
    using partition = new TestPartition()
    const [first] = outcomes(partition, input(observed('a', { name: 'n' })))
    expect(first).toMatchObject({ kind: 'changed', current: null, before: null, replaced: false, fields: [] })
    expect(first?.document).toBe(JSON.stringify(observed('a', { name: 'n' }).resource))
  })

  test('a deleted one that comes back is changed, and its former document is not compared', () => {
    using partition = new TestPartition()
    partition.apply(observed('a', { name: 'old' }), gone('a'))
    expect(outcomes(partition, input(observed('a', { name: 'new' })))).toMatchObject([
      { kind: 'changed', current: { version: 2, condition: 'deleted' }, before: null, fields: [] },
    ])
  })

  test('a value that differs is named with its path and both values, and nothing else is', () => {
    using partition = new TestPartition()
    const size = (size: number) => observed('a', { configuration: { disk: { size }, zone: 'z' }, tags: { team: 'x' } })
    partition.apply(size(1))
    expect(outcomes(partition, input(size(2)))).toMatchObject([
      { kind: 'changed', fields: [{ path: 'configuration.disk.size', op: 'replace', before: 1, after: 2 }] },
    ])
  })

  test('other spellings of the same content are the same: order of keys, numbers, null for absent', () => {
    using partition = new TestPartition()
    partition.apply(observed('a', { configuration: { size: 10, zone: 'z' }, region: null }))
    const spellings = ['{"zone":"z","size":10}', '{"size":1e1,"zone":"z"}', '{"size":10.0,"zone":"\\u007a"}']
    for (const configuration of spellings) {
      const line = `{"kind":"observed","scope":"${scope}","resource":{"id":"a","type":"thing","provider":"push","configuration":${configuration}}}`
      expect(outcomes(partition, input(line)).map((one) => one?.kind)).toEqual(['same'])
    }
    expect(partition.counters).toMatchObject({ unchangedCanonical: spellings.length })
  })

  test('what isn’t compared is kept anew without a change, and counted as such', () => {
    using partition = new TestPartition()
    partition.apply(observed('a', { metadata: { etag: '1' } }))
    const again = observed('a', { metadata: { etag: '2' } })
    expect(outcomes(partition, input(again))).toMatchObject([
      { kind: 'same', document: JSON.stringify(again.resource) },
    ])
    expect(partition.counters.suppressed).toMatchObject({ not_compared: 1 })
  })

  test('another uid under the same id is another resource: replaced, without fields', () => {
    using partition = new TestPartition()
    partition.apply(observed('a', { uid: '1', name: 'n' }))
    expect(outcomes(partition, input(observed('a', { uid: '2', name: 'm' })))).toMatchObject([
      { kind: 'changed', replaced: true, uid: '2', fields: [], before: { resource: { name: 'n' } } },
    ])
  })

  test('a record without a uid leaves the known one', () => {
    using partition = new TestPartition()
    partition.apply(observed('a', { uid: '1' }))
    expect(outcomes(partition, input(observed('a', { name: 'm' })))).toMatchObject([
      { kind: 'changed', replaced: false, uid: '1' },
    ])
  })

  test('where the cache has lost the fingerprint the row recognises the bytes, and the document isn’t parsed', () => {
    using partition = new TestPartition({ maxFingerprints: 4 })
    const many = Array.from({ length: 300 }, (_, n) => observed(`id-${n}`))
    partition.apply(...many)
    const { compared, unchangedRaw } = partition.counters
    const kinds = new Set(outcomes(partition, input(...many)).map((one) => one?.kind))
    expect([...kinds]).toEqual(['same'])
    expect(partition.counters).toMatchObject({ compared, unchangedRaw: unchangedRaw + 300 })
  })
})

describe('secrets', () => {
  test('are replaced before anything is kept, and the same secret again is no change', () => {
    using partition = new TestPartition()
    const login = (password: string) => observed('a', { configuration: { password } })
    const [first] = outcomes(partition, input(login('hunter2-planted')))
    expect(JSON.stringify(first)).not.toContain('hunter2-planted')
    expect(first?.document).toMatch(/"password":"\(redacted:[0-9a-f]{16}\)"/)
    partition.apply(login('hunter2-planted'))
    const spelled = `${JSON.stringify(login('hunter2-planted')).slice(0, -2)} }}`
    expect(outcomes(partition, input(spelled))).toMatchObject([{ kind: 'same' }])
    expect(outcomes(partition, input(login('another-planted')))).toMatchObject([
      { kind: 'changed', fields: [{ path: 'configuration.password' }] },
    ])
  })
})

describe('what can’t be used has no outcome and becomes a dead letter, and its neighbours are compared', () => {
  const lineOf = (resource: string) => `{"kind":"observed","scope":"${scope}","resource":${resource}}`
  const cases: readonly (readonly [reason: string, what: string, line: string])[] = [
    ['not_json', 'a document that breaks off', lineOf('{"id":"x","type":}')],
    ['invalid_resource', 'a resource without a type', lineOf('{"id":"x","provider":"push"}')],
    ['invalid_resource', 'an id that stands twice', lineOf('{"id":"x","type":"t","provider":"p","id":"y"}')],
    ['too_deep', 'nesting without an end', lineOf(`{"id":"x","type":"t","a":${'['.repeat(999)}${']'.repeat(999)}}`)],
    ['too_large', 'a document that grows by its placeholders', lineOf(grows())],
  ]
  test.each(cases)('%s: %s', (reason, _, line) => {
    using partition = new TestPartition()
    const kinds = outcomes(partition, input(observed('a'), line, observed('b'))).map((one) => one?.kind ?? null)
    expect(kinds).toEqual(['changed', null, 'changed'])
    expect(partition.letters).toMatchObject([{ reason, source: 'test line 2' }])
  })
})

/** Secrets of one letter each: in its place stands a placeholder of 27. */
function grows(): string {
  const secrets = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`password_${n}`, 'x']))
  const text = JSON.stringify({ id: 'x', type: 't', provider: 'p', configuration: secrets })
  if (text.length + 100 > recordBytes) throw new Error('too large as it comes')
  return text
}

test('fields behind the resource belong to the record: its scan and its time are read from there', () => {
  using partition = new TestPartition()
  const head = `{"kind":"observed","scope":"${scope}","resource":{"id":"a","type":"t","provider":"p"}`
  const line = `${head},"scan":"s","observed_at":"2026-01-01T00:00:00Z","actor":{"name":"x"}}`
  const [read] = outcomes(partition, input(line))
  expect(read?.envelope).toEqual({
    ...{ scan: 's', observedAtMs: Date.parse('2026-01-01T00:00:00Z'), occurredAt: null, actor: { name: 'x' } },
  })
})

test('I9: a secret that an earlier vaino stored in clear is in no change, and no change by itself', () => {
  using partition = new TestPartition()
  const note = (text: string, size: number) => observed('a', { configuration: { note: text, size } })
  partition.apply(note('zebra', 1))
  // A redactor that knows more than the one that stored it.
  const stricter = (context: OperatorContext) =>
    step({
      ...context,
      redactedAfter: partition.head,
      redactor: {
        ...context.redactor,
        redactResource(resource) {
          const configuration = resource.configuration ?? {}
          const isClear = configuration.note === 'zebra'
          if (isClear) configuration.note = '(redacted:0123456789abcdef)'
          return context.redactor.redactResource(resource) || isClear
        },
      },
    })
  const [changed] = partition.run(stricter, outcomesOf, input(note('zebra', 2))).flat()
  expect(changed).toMatchObject({ kind: 'changed', fields: [{ path: 'configuration.size', before: 1, after: 2 }] })
  expect(JSON.stringify(changed)).not.toContain('zebra')
  const [same] = partition.run(stricter, outcomesOf, input(note('zebra', 1))).flat()
  expect(same).toMatchObject({ kind: 'same' })
})

test('I9: what the file had before it was opened is redacted before it is compared, as an earlier vaino may have written it', () => {
  using partition = new TestPartition()
  const database = (size: number) => observed('a', { configuration: { password: 'blue horse', size } })
  partition.apply(database(1))
  const stored = partition.live('a')?.document.configuration as { password: string }
  expect(stored.password).toStartWith('(redacted:')
  partition.reopen((db) =>
    db.prepare('UPDATE changes SET after = replace(after, ?, ?)').run(stored.password, 'blue horse'),
  )
  expect(partition.live('a')?.document.configuration).toMatchObject({ password: 'blue horse' })
  const [changed] = outcomes(partition, input(database(2)))
  expect(changed).toMatchObject({ kind: 'changed', fields: [{ path: 'configuration.size', before: 1, after: 2 }] })
  expect(JSON.stringify(changed)).not.toContain('blue horse')
})
