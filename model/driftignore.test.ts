import { expect, test } from 'bun:test'
import { parseDriftIgnore } from './driftignore.ts'

const read = (...lines: string[]) => parseDriftIgnore(lines.join('\n'), '.driftignore')

// What driftctl's own tests say of the same patterns.
test('a line names a type and an id, with wildcards and escapes', () => {
  const { resource } = read(
    'ignored_resource.id2',
    'wildcard_resource.*',
    'resource_type.id\\.with\\.dots',
    'resource_type.idwith\\\\',
    'resource_type.idwith\\\\backslashes',
    'resource_type.idwith/slashes',
    '',
    '# this is a comment',
  )
  expect(resource('type1', 'id1')).toBeNull()
  expect(resource('wildcard_resource', 'id1/with/slash')).toBe('.driftignore:2')
  expect(resource('ignored_resource', 'id2')).toBe('.driftignore:1')
  expect(resource('resource_type', 'id.with.dots')).toBe('.driftignore:3')
  expect(resource('resource_type', 'idwith\\')).toBe('.driftignore:4')
  expect(resource('resource_type', 'idwith\\backslashes')).toBe('.driftignore:5')
  expect(resource('resource_type', 'idwith/slashes')).toBe('.driftignore:6')
})

test('wildcards stand anywhere', () => {
  const { resource } = read('*2**.**d1*', 'type3.id1***0', '*.id\\\\WithBa*slas*\\\\**\\\\')
  const ignored = (type: string, id: string) => resource(type, id) !== null
  expect(ignored('type1', 'id1')).toBe(false)
  expect(ignored('type2', 'id1')).toBe(true)
  expect(ignored('type2', 'id11')).toBe(true)
  expect(ignored('type2', 'id2')).toBe(false)
  expect(ignored('type3', 'id100')).toBe(true)
  expect(ignored('type3', 'id101')).toBe(false)
  expect(ignored('type4', 'id\\WithBac*slash***\\*\\')).toBe(true)
})

test('lines that are no pattern match nothing and disturb no other', () => {
  const { resource } = read('foobar', '', '4("è-(_ç\'è-ç\'("', 'ignored_resource.id2', '.id', '\\', '\\\\', '.', '[')
  expect(resource('type1', 'id1')).toBeNull()
  expect(resource('ignored_resource', 'id2')).toBe('.driftignore:4')
})

test('an exclamation mark takes back what an earlier line ignores, and the last line that matches decides', () => {
  const { resource } = read('*', '!iam_user.*', '!some_type.idwith/slash')
  expect(resource('type1', 'id1')).toBe('.driftignore:1')
  expect(resource('iam_user', 'id\\WithBac*slash***\\*\\')).toBeNull()
  expect(resource('some_type', 'idwith/slash')).toBeNull()
  expect(resource('some_type', 'idwith/slash/')).toBe('.driftignore:1')
  expect(read('!iam_user.*', '*').resource('iam_user', 'x')).toBe('.driftignore:2')
  expect(read('!*').resource('aws_s3_access_point', 'x')).toBeNull()
  expect(read('*', '!aws_s3*').resource('aws_s3_bucket', 'x')).toBeNull()
})

test('a type alone means all of that type', () => {
  const { resource } = read('type', 'type_2')
  expect(resource('type', 'x')).not.toBeNull()
  expect(resource('type_1', 'x')).toBeNull()
  expect(resource('type_2', 'x')).not.toBeNull()
})

test('a path behind the id means one field and what lies below it', () => {
  const { field, resource } = read(
    'res_type.full.json',
    'res_type.partial.foobar',
    'res_type.wildcard.*.baz',
    'res_type.endofpath.struct',
    'resource_type.id\\.with\\.dots.json',
    'resource_type.idwith\\\\.json',
    'resource_type.idwith\\\\backslashes.foobar',
  )
  const ignored = (type: string, id: string, path: string) => field(type, id, path) !== null
  expect(resource('res_type', 'full')).toBeNull()
  expect(ignored('res_type', 'full', 'json')).toBe(true)
  expect(ignored('res_type', 'partial', 'json')).toBe(false)
  expect(ignored('res_type', 'partial', 'foobar')).toBe(true)
  expect(ignored('resource_type', 'id.with.dots', 'json')).toBe(true)
  expect(ignored('resource_type', 'idwith\\', 'json')).toBe(true)
  expect(ignored('resource_type', 'idwith\\backslashes', 'json')).toBe(false)
  expect(ignored('resource_type', 'idwith\\backslashes', 'foobar')).toBe(true)
  expect(ignored('res_type', 'wildcard', 'struct.baz')).toBe(true)
  expect(ignored('res_type', 'wildcard', 'struct.bar')).toBe(false)
  expect(ignored('res_type', 'endofpath', 'struct.baz')).toBe(true)
})

test('a field can be taken back where everything is ignored', () => {
  const { field } = read('*', '!*.bar')
  expect(field('res_type', 'x', 'struct.baz')).not.toBeNull()
  expect(field('res_type', 'x', 'struct.bar')).toBeNull()
})
