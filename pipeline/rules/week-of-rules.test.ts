import { expect, test } from 'bun:test'
import { observed, startTestServer, until } from '../../api/test-server.ts'
import { compileRules, type IgnoreRule } from '../../model/rules.ts'
import { usageSince } from './week-of-rules.ts'

const rulesOf = (...ignore: Partial<IgnoreRule>[]) =>
  compileRules({
    ignore: ignore.map((rule, at) => ({ name: `r${at}`, reason: 'noise', untilMs: null, ...rule })),
    severity: [],
    owner: [],
    driftIgnores: [],
  })

test('a rule that has matched nothing since a time, or everything, is found', async () => {
  await using server = await startTestServer({ engine: { partitions: 2 } })
  await server.ingest(observed('old'))
  const { reader } = server.engine
  const beganMs = Date.now()
  await until('the clock has moved on', () => Date.now() > beganMs + 1)
  const sinceMs = Date.now() - 1
  for (let n = 0; n < 25; n++) await server.ingest(observed('a', { n, size: n < 3 ? n : 3 }))
  const rules = rulesOf({ type: ['vm'] }, { path: ['size'] }, { type: ['disk'] }, { type: ['vm'], change: ['delete'] })
  const { signal } = new AbortController()
  const usage = await usageSince(reader, rules, sinceMs, signal)
  expect(usage?.changes).toBe(25)
  expect(['r0', 'r1', 'r2', 'r3'].map((rule) => usage?.problemOf(rule))).toEqual([
    'matches everything',
    null,
    'matches nothing',
    'matches nothing',
  ])
})

test('while there is no history from before that time, nothing is said', async () => {
  await using server = await startTestServer()
  const sinceMs = Date.now() - 60_000
  await server.ingest(observed('a'))
  expect(
    await usageSince(server.engine.reader, rulesOf({ type: ['disk'] }), sinceMs, new AbortController().signal),
  ).toBeNull()
})
