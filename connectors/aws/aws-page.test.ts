import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { awsOptions } from './options.ts'
import { permissionsOf, policyFor } from './table/policy.ts'
import { callsOf, rows } from './table/table.ts'

const types = () => [
  '| type | where | permissions |',
  '| --- | --- | --- |',
  ...rows
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .map((row) => {
      const permissions = permissionsOf(callsOf(row)).map((name) => `\`${name}\``)
      return `| \`${row.type}\` | ${row.isGlobal ? 'account' : 'region'} | ${permissions.join(', ')} |`
    }),
]

const policy = () => ['```json', JSON.stringify(policyFor(rows, awsOptions.parse({})), null, 2), '```']

/** The page with what lies between the two marks of each name made anew. */
const generated = (page: string): string =>
  Object.entries({ types, policy }).reduce((text, [name, make]) => {
    const part = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`)
    return text.replace(part, (_, begin: string, end: string) => `${begin}\n${make().join('\n')}\n${end}`)
  }, page)

test('docs/aws.md lists the types and the permissions of the table', () => {
  const file = new URL('../../docs/aws.md', import.meta.url)
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, generated(readFileSync(file, 'utf8')))
  const page = readFileSync(file, 'utf8')
  expect(page).toContain('<!-- generated: policy -->')
  expect(page, 'run it again with UPDATE_DOCS=1 and commit docs/aws.md').toBe(generated(page))
})
