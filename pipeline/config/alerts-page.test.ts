import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { parseLayer } from './file.ts'
import { configSchema } from './schema.ts'

test('every configuration in docs/alerts.md is a good one', () => {
  const text = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  expect(blocks.length).toBeGreaterThan(1)
  for (const block of blocks) {
    const { error } = configSchema.safeParse(parseLayer(block, 'alerts.md').values)
    expect(error?.issues ?? []).toEqual([])
  }
})
