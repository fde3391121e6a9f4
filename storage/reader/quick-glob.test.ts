import { expect, test } from 'bun:test'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { quickGlob } from './quick-glob.ts'

const characters = fc.constantFrom(...'azq7-=\n*?[]^é日🙂\u{10ffff}')
const text = fc.oneof(fc.string({ unit: characters, maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 8 }))

test('every text passes in which the other stands, whatever signs are in it', () => {
  using db = new DatabaseSync(':memory:')
  const passes = db.prepare('SELECT ? GLOB ? AS passes')
  const isPassing = (label: string, pattern: string) => passes.get(label, pattern)?.passes === 1
  fc.assert(
    fc.property(text, text, text, (before, wanted, after) => {
      const label = `${before}${wanted}${after}`.replaceAll('\0', '')
      const asked = wanted.replaceAll('\0', '')
      expect([label, asked, isPassing(label, quickGlob(asked))]).toEqual([label, asked, true])
    }),
    runs(500),
  )
  const begin = quickGlob('nothing-at-all')
  expect([begin, isPassing('something-at-all', begin), isPassing('nothing at all', begin)]).toEqual([
    '*g-at-all*',
    true,
    false,
  ])
  expect([quickGlob('é*'), quickGlob('')]).toEqual(['*', '*'])
})
