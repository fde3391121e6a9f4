import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { parseJson } from './json.ts'
import { createRedactor } from './redaction.ts'
import type { Resource } from './resource.ts'

const redactor = createRedactor(Buffer.from('a salt of this deployment'))

describe('planted secrets', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{6,20}$/).map((text) => `Xq7${text}`)
  const plain = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('plain', '', 'arn:aws:iam::1:role/x', 0, 17, true, null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'name', 'configuration', '__proto__', 'tags', 'x.y'), tie('value'), {
        maxKeys: 3,
      }),
    ),
  })).value
  type Plant = (s: string) => unknown
  const plants: Plant[] = [
    (s) => ({ db_password: s }),
    (s) => ({ clientSecret: [s, { other: s }] }),
    (s) => ({ name: 'API_TOKEN', value: s }),
    (s) => ({ kind: 'Secret', data: { x: s } }),
    (s) => JSON.stringify({ deep: [{ apiKey: s }] }),
    (s) => JSON.stringify(JSON.stringify({ credentials: { x: s } }).concat(' ')),
    (s) => `https://u:${s}@host/`,
    (s) => `#!/bin/sh\nexport X=1 SECRET_KEY=${s}\n`,
    (s) => `a: 1\npassword: "${s}"\n`,
    (s) => `-----BEGIN PRIVATE KEY-----\n${s}\n-----END PRIVATE KEY-----`,
    (s) => ['--token', s],
    (s) => `<add password="${s}"/><token>${s}</token>`,
  ]
  const document = fc
    .tuple(secret, fc.constantFrom(...plants), fc.array(plain, { maxLength: 3 }), fc.nat(2))
    .map(([s, plant, around, depth]) => {
      let value = plant(s)
      for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [...around, value] : { z: value, y: around }
      return { secret: s, json: { id: 'x', type: 't', provider: 'p', configuration: { around, value } } }
    })

  test('I9: are found nowhere in what is left, which is the same a second time and another with another salt', () => {
    const other = createRedactor(Buffer.from('other'))
    fc.assert(
      fc.property(document, ({ secret: planted, json }) => {
        const text = JSON.stringify(json)
        const [first, second, salted] = [redactor, redactor, other].map((by) => {
          const resource = parseJson(text) as unknown as Resource
          by.redactResource(resource)
          return resource
        }) as [Resource, Resource, Resource]
        const result = JSON.stringify(first)
        expect(result).not.toContain(planted)
        expect(result).toContain('(redacted:')
        expect(JSON.stringify(second)).toBe(result)
        expect(JSON.stringify(salted)).not.toBe(result)
        redactor.redactResource(first)
        expect(JSON.stringify(first)).toBe(result)
      }),
      runs(2000),
    )
  })

  test('I9: are not in the text of a record that is cut off anywhere', () => {
    fc.assert(
      fc.property(document, fc.nat(), ({ secret: planted, json }, at) => {
        const text = JSON.stringify(json)
        const cut = text.slice(0, at % text.length)
        const begin = planted.slice(0, 5)
        expect(redactor.redactText(cut)).not.toContain(begin)
      }),
      runs(3000),
    )
  })
})
