import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { startTestServer } from '../api/test-server.ts'
import { type HttpDocument, httpPage } from './docs/http-page.ts'

test('docs/http.md says what the routes take and answer', async () => {
  await using server = await startTestServer()
  const document = (await (await server.get('/openapi.json')).json()) as HttpDocument
  const file = new URL('../docs/http.md', import.meta.url)
  const page = httpPage(document)
  for (const path of Object.keys(document.paths)) expect(page).toContain(` ${path}\``)
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, page)
  expect(readFileSync(file, 'utf8'), 'run it again with UPDATE_DOCS=1 and commit docs/http.md').toBe(page)
})
