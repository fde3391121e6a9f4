import { describe, expect, test } from 'bun:test'
import { createRedactor } from '../model/redaction.ts'
import { scanAttributes, scanNotes } from './scan-notes.ts'

const redactor = createRedactor(Buffer.from('salt'))
const secret = 'hunter2-planted-secret'

describe('errors and warnings of a scan', () => {
  test('stay as they are where they are few and short; a scan without any has none', () => {
    expect(scanNotes(undefined, redactor)).toEqual([])
    expect(scanNotes([], redactor)).toEqual([])
    const notes = ['denied', { message: 'throttled', part: 'vm', retry: 7 }]
    expect(scanNotes(notes, redactor)).toEqual(notes)
  })

  test('are at most a hundred, and one that says how many are left out', () => {
    const notes = (count: number) => Array.from({ length: count }, (_, n) => `error ${n}`)
    expect(scanNotes(notes(100), redactor)).toEqual(notes(100))
    expect(scanNotes(notes(103), redactor)).toEqual([...notes(100), { message: 'and 3 more' }])
  })

  test('are cut to 2,000 characters each; of a long object its message stays', () => {
    const long = 'x'.repeat(2_001)
    const cut = `${'x'.repeat(2_000)} …`
    expect(scanNotes([long, long.slice(1)], redactor)).toEqual([cut, long.slice(1)])
    expect(scanNotes([{ message: long }, { message: 'short', stack: long }], redactor)).toEqual([
      { message: cut },
      { message: 'short' },
    ])
  })

  test('I9: lose their secrets before they are cut', () => {
    const padded = `${'x '.repeat(990)}password=${secret}${secret}`
    const notes = scanNotes([{ message: 'denied', password: secret }, padded, `PGPASSWORD=${secret} psql`], redactor)
    expect(JSON.stringify(notes)).not.toContain(secret.slice(0, 12))
    expect(notes).toMatchObject([{ message: 'denied' }, expect.any(String), expect.stringContaining('psql')])
  })
})

describe('what a source says of itself', () => {
  test('is kept without its secrets', () => {
    const { attributes, warnings } = scanAttributes({ serial: 3, password: secret }, redactor)
    expect(attributes).toMatchObject({ serial: 3, password: expect.stringMatching(/^\(redacted:/) })
    expect(warnings).toEqual([])
    expect(scanAttributes(undefined, redactor)).toEqual({ attributes: null, warnings: [] })
  })

  test('is left out as a whole beyond 16,000 characters, with a warning that has both numbers', () => {
    const of = (length: number) => ({ note: 'x'.repeat(length - '{"note":""}'.length) })
    expect(scanAttributes(of(16_000), redactor).attributes).toEqual(of(16_000))
    expect(scanAttributes(of(16_001), redactor)).toEqual({
      attributes: null,
      warnings: [{ message: expect.stringMatching(/16001 characters, the limit is 16000/) }],
    })
  })
})
