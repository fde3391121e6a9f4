import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseLayer } from './file.ts'
import { jsonSchema, leaves } from './keys.ts'
import { referencePage } from './reference-page.ts'
import { configSchema } from './schema.ts'

test('docs/configuration.md says what the schema declares', () => {
  const file = new URL('../../docs/configuration.md', import.meta.url)
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, referencePage())
  expect(readFileSync(file, 'utf8'), 'run it again with UPDATE_DOCS=1 and commit docs/configuration.md').toBe(
    referencePage(),
  )
})

test('every key and every block says what it is', () => {
  const undescribed = leaves(jsonSchema()).filter(({ schema }) => !schema.description)
  expect(undescribed.map(({ path }) => path.join('.'))).toEqual([])
  for (const [name, schema] of Object.entries(jsonSchema().properties ?? {})) {
    expect(`${name}: ${schema.description ?? ''}`).toMatch(/: .+\.$/)
  }
})

test("the page's own example is a good configuration", () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(referencePage())?.[1] ?? ''
  const { success } = configSchema.safeParse(parseLayer(example, 'example').values)
  expect(success).toBe(true)
})
