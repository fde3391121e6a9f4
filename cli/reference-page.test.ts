import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { referencePage } from './reference-page.ts'

test('docs/cli.md says what the commands take', async () => {
  const file = new URL('../docs/cli.md', import.meta.url)
  const page = await referencePage()
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, page)
  expect(readFileSync(file, 'utf8'), 'run it again with UPDATE_DOCS=1 and commit docs/cli.md').toBe(page)
})
