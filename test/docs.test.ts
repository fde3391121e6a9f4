import { describe, expect, test } from 'bun:test'
import { runnableBlocks } from './docs/blocks.ts'
import { runPage } from './docs/session.ts'
import { repository } from './lanes.ts'
import { readTree } from './rules/tree.ts'

const pages = readTree(repository)
  .filter(({ path }) => path.endsWith('.md'))
  .map(({ path, text }) => ({ path, blocks: runnableBlocks(text) }))

describe('documentation', () => {
  for (const { path, blocks } of pages.filter((page) => page.blocks.length > 0)) {
    test(`what ${path} says to type does what it says`, () => runPage(repository, path, blocks), 300_000)
  }

  test('the README shows something that can be run', () => {
    expect(pages.find(({ path }) => path === 'README.md')?.blocks.length ?? 0).toBeGreaterThan(0)
  })
})
