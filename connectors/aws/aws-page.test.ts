import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { permissionOf } from './table/permissions.ts'
import { callsOf, historyCalls, rows, sessionCalls } from './table/table.ts'

const permissionsOf = (called: ReturnType<typeof callsOf>): string[] =>
  [...new Set(called.map(({ service, operation }) => permissionOf(service, operation)))].sort()

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

const policy = () => {
  const beside = [...sessionCalls.filter(({ service }) => service !== 'sts'), ...historyCalls]
  const Action = permissionsOf([...beside, ...rows.flatMap(callsOf)])
  const document = { Version: '2012-10-17', Statement: [{ Sid: 'VainoReads', Effect: 'Allow', Action, Resource: '*' }] }
  return ['```json', JSON.stringify(document, null, 2), '```']
}

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
