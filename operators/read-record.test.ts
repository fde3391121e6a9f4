import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { isRejection, readJson } from './read-record.ts'

const read = (text: string) => readJson(Buffer.from(text))

test('whatever is JSON is read as such, with any space around it', () => {
  const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
  fc.assert(
    fc.property(space, fc.jsonValue(), space, (before, value, behind) => {
      const text = JSON.stringify(value)
      expect(JSON.stringify(read(before + text + behind))).toBe(`{"value":${text}}`)
    }),
    runs(500),
  )
})

test('a line of a document that was sent pretty-printed is no JSON', () => {
  const document = JSON.stringify({ a: ['b', 1.5, true, null, {}], c: { d: 'e' } }, null, 2)
  const lines = document.split('\n').filter((line) => !['1.5,', 'true,', 'null,'].includes(line.trim()))
  for (const line of ['', ' ', ...lines]) {
    const isPart = !/^\s*(\{\},?|null)$/.test(line)
    expect([line, isRejection(read(line))]).toEqual([line, isPart])
  }
})
