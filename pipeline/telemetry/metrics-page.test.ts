import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { metricsPage } from './metrics-page.ts'

test('docs/metrics.md says what the tables declare', () => {
  const file = new URL('../../docs/metrics.md', import.meta.url)
  if (process.env.UPDATE_DOCS) writeFileSync(file, metricsPage())
  expect(readFileSync(file, 'utf8'), 'run it again with UPDATE_DOCS=1 and commit docs/metrics.md').toBe(metricsPage())
})
