import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { diffResources } from './field-diff.ts'
import { holdsPath } from './field-lookup.ts'
import { parseJson } from './json.ts'
import type { Json, Resource } from './resource.ts'

const value = parseJson(`{
  "net": {"ingress": [{"protocol": "tcp", "from_port": 80, "cidr": "0.0.0.0/0"}, {"protocol": "a b", "id": 9007199254740993}],
          "groups": ["sg-1", "sg 2", null]},
  "a.b": {"x/y": 1}, "policy": "{\\"Statement\\": [{\\"Sid\\": \\"read\\"}]}", "none": null, "__proto__": {"z": 1}}`)

describe('a path into a value', () => {
  test.each([
    '',
    '.net',
    '.net.ingress',
    '.net.ingress[1]',
    '.net.ingress[protocol=tcp,from_port=80].cidr',
    '.net.ingress[from_port=80]',
    '.net.ingress[protocol="a b"]',
    '.net.ingress[id=9007199254740993]',
    '.net.groups[=sg-1]',
    '.net.groups[="sg 2"]',
    '["a.b"].x/y',
    '["a.b"]["x/y"]',
    '.policy.Statement[Sid=read].Sid',
    '.none',
    '.__proto__.z',
  ])('leads somewhere: %p', (path) => expect(holdsPath(value, path)).toBe(true))

  test.each([
    '.egress',
    '.net.ingress[2]',
    '.net.ingress[protocol=tcp,from_port=443]',
    '.net.ingress[protocol=udp]',
    '.net.ingress.protocol',
    '.net.ingress[]',
    '.net.ingress[=tcp]',
    '.net.groups[=sg-2]',
    '.a.b',
    '.none.x',
    '.policy.Statement[Sid=write]',
    '.policy.length',
    '.net.constructor',
    '.net.',
    '.net[',
    '.net["',
    '["\\q"]',
    'et',
    '..net',
  ])('leads nowhere: %p', (path) => expect(holdsPath(value, path)).toBe(false))

  const names = fc.constantFrom(
    'tags',
    'subnet_ids',
    'ingress',
    'from_port',
    'a.b',
    'x/y',
    '',
    '0',
    '[3]',
    '"',
    'ü',
    '__proto__',
  )
  const document = fc.letrec<{ value: Json; object: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>(null, true, 1, -0.5, 'tcp', 'a,b', '[=x]', ''),
      tie('object'),
    ),
    object: fc.oneof(
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }).map((fields) => Object.fromEntries(fields) as Json),
      tie('value').map((inner) => JSON.stringify(inner)),
    ),
  }))
  const configuration = fc
    .array(fc.tuple(names, document.value), { maxLength: 4 })
    .map((fields) => Object.fromEntries(fields))

  test('of a field change leads somewhere in the document that has the field', () => {
    fc.assert(
      fc.property(configuration, configuration, (before, after) => {
        const resource = (configuration: Record<string, Json>): Resource => ({
          ...{ id: 'i', type: 'aws_security_group', provider: 'aws', configuration },
        })
        for (const { path, op } of diffResources(resource(before), resource(after))) {
          const below = path.slice('configuration'.length)
          if (op !== 'add') expect([path, holdsPath(before, below)]).toEqual([path, true])
          if (op !== 'remove') expect([path, holdsPath(after, below)]).toEqual([path, true])
        }
      }),
      runs(1_000),
    )
  })
})
