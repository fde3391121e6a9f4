import { expect, test } from 'bun:test'
import { parseWhere } from './where.ts'

test.each([
  ['', { kind: 'own' }],
  ['acme-shop', { kind: 'project', project: 'acme-shop' }],
  ['projects/acme-shop', { kind: 'project', project: 'acme-shop' }],
  ['example.com:acme-shop', { kind: 'project', project: 'example.com:acme-shop' }],
  ['folders/12', { kind: 'below', parent: 'folders/12' }],
  ['organizations/12', { kind: 'below', parent: 'organizations/12' }],
] as const)('gcp:%s is what it names', (text, where) => expect(parseWhere(text)).toEqual(where))

test.each([
  ['123456789012', 'not by its number'],
  ['folders/shop', 'no project, folder or organization'],
  ['Acme', 'no project, folder or organization'],
])('gcp:%s is refused', (text, why) => expect(() => parseWhere(text)).toThrow(why))
