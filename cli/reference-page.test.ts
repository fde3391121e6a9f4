import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { needs } from '../test/lanes.ts'
import { manPage } from './man-page.ts'
import { referencePage } from './reference-page.ts'

test.each([
  ['docs/cli.md', referencePage],
  ['docs/vaino.1', manPage],
])('%s says what the commands take', async (name, make) => {
  const file = new URL(`../${name}`, import.meta.url)
  const page = await make()
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, page)
  expect(readFileSync(file, 'utf8'), `run it again with UPDATE_DOCS=1 and commit ${name}`).toBe(page)
})

test.skipIf(needs.groff.found === null)('the manual page renders without a warning, as man would show it', () => {
  const page = new URL('../docs/vaino.1', import.meta.url).pathname
  const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', page], { encoding: 'utf8' })
  expect(stderr).toBe('')
  const text = stdout.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d*m|.${String.fromCharCode(8)}`, 'g'), '')
  expect(text).toContain('vaino - watch infrastructure and stream what changed')
  for (const command of ['vaino up', 'vaino snapshot export', 'vaino drift']) expect(text).toContain(`   ${command}\n`)
})
