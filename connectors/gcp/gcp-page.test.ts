import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import permissions from '../../test/gcp/permissions.json' with { type: 'json' }
import { permissionsOf, roleFor } from './table/role.ts'
import { listingsOf, rows } from './table/table.ts'

const types = () => [
  '| type | API | permissions |',
  '| --- | --- | --- |',
  ...rows
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .map((row) => {
      const [first] = listingsOf(row)
      const permissions = permissionsOf(row).map((name) => `\`${name}\``)
      return `| \`${row.type}\` | ${first?.api} | ${permissions.join(', ')} |`
    }),
]

const role = () => ['```yaml', roleFor(rows, false).trimEnd(), '```']

/** The page with what lies between the two marks of each name made anew. */
const generated = (page: string): string =>
  Object.entries({ types, role }).reduce((text, [name, make]) => {
    const part = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`)
    return text.replace(part, (_, begin: string, end: string) => `${begin}\n${make().join('\n')}\n\n${end}`)
  }, page)

test('docs/gcp.md lists the types and the permissions of the table', () => {
  const file = new URL('../../docs/gcp.md', import.meta.url)
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, generated(readFileSync(file, 'utf8')))
  const page = readFileSync(file, 'utf8')
  expect(page).toContain('<!-- generated: role -->')
  expect(page, 'run it again with UPDATE_DOCS=1 and commit docs/gcp.md').toBe(generated(page))
})

test('I15: no permission of the role changes anything', () => {
  const page = readFileSync(new URL('../../docs/gcp.md', import.meta.url), 'utf8')
  const granted = page.match(/^- [a-z]+\.[A-Za-z./]+$/gm) ?? []
  expect(granted.length).toBeGreaterThan(50)
  expect(granted.filter((name) => !/\.(?:list|get|getIamPolicy|getMetadata)$/.test(name))).toEqual([])
})

test('each permission of the role is one that Google has', () => {
  const page = readFileSync(new URL('../../docs/gcp.md', import.meta.url), 'utf8')
  const granted = (page.match(/^- [a-z]+\.[A-Za-z./]+$/gm) ?? []).map((line) => line.slice(2))
  const known = new Set(permissions)
  expect(granted.filter((name) => !known.has(name))).toEqual([])
})
