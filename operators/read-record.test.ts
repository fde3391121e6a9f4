import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { z } from 'zod'
import { timestamp } from '../model/record.ts'
import { createRedactor } from '../model/redaction.ts'
import { runs } from '../test/property.ts'
import { envelopeOf, isRejection, readJson, readRecord, readResource } from './read-record.ts'

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

test('a time is all that RFC 3339 has, lower case and leap seconds included', () => {
  const at = (observed_at: string) =>
    readRecord(Buffer.from(JSON.stringify({ kind: 'gone', scope: 't/-/-/x', id: 'a', observed_at })))
  for (const [text, expected] of [
    ['2026-11-29T02:04:50Z', '2026-11-29T02:04:50.000Z'],
    ['2026-11-29t02:04:50z', '2026-11-29T02:04:50.000Z'],
    ['2026-11-29t02:04:50.5+01:00', '2026-11-29T01:04:50.500Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31t23:59:60.25z', '2017-01-01T00:00:00.250Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
  ] as const) {
    const read = at(text)
    if (isRejection(read) || read.record.kind !== 'gone') throw new Error(`${text} is refused`)
    const { observedAtMs } = envelopeOf(read.record, 0, createRedactor(new Uint8Array(32)))
    expect([text, new Date(observedAtMs).toISOString()]).toEqual([text, expected])
  }
  for (const text of [
    ...['2016-12-31T22:59:60Z', '2016-12-31T23:59:61Z', '2016-12-31T23:60:00Z', '2026-02-30T00:00:00Z'],
    ...['2026-11-29 02:04:50Z', '2026-11-29T02:04:50', '9999-12-31T23:59:60Z', ''],
    ...['2026-02-30T00:00:00.000Z', '2026-02-28T24:00:00.000Z', '2026-02-28T23:60:00.000Z', '2026-13-01T00:00:00.000Z'],
  ]) {
    expect([text, isRejection(at(text))]).toEqual([text, true])
  }
})

test('a time as collectors write it is accepted exactly where the grammar accepts it', () => {
  const digits = (most: number, length: number) =>
    fc.integer({ min: 0, max: most }).map((n) => `${n}`.padStart(length, '0'))
  const times = fc
    .tuple(
      fc.constantFrom('0000', '1900', '2000', '2023', '2024', '9999'),
      digits(13, 2),
      digits(32, 2),
      digits(25, 2),
      digits(61, 2),
      digits(59, 2),
      digits(999, 3),
    )
    .map(([year, month, day, hour, minute, second, ms]) => `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
  const grammar = z.iso.datetime()
  fc.assert(
    fc.property(times, (text) => {
      expect([text, timestamp.safeParse(text).success]).toEqual([text, grammar.safeParse(text).success])
    }),
    runs(2_000),
  )
})

test('I10: a document with more members than a worker can take at once is refused unread, and said to be too large', () => {
  const members = Array.from({ length: 200_001 }, (_, n) => `"k${n}":1`).join()
  const document = `{"id":"a","type":"t","provider":"p","configuration":{${members}}}`
  for (const read of [
    readResource(Buffer.from(document)),
    readRecord(Buffer.from(`{"resource":${document},"kind":"observed","scope":"p/-/-/x"}`)),
  ]) {
    expect(read).toEqual({
      rejected: 'too_large',
      detail: 'more than 200000 members, objects and lists (or 500000 with those in texts)',
    })
  }
  const list = `{"id":"a","type":"t","provider":"p","configuration":{"list":[${'1,'.repeat(1_000_000)}1]}}`
  expect(isRejection(readResource(Buffer.from(list)))).toBe(false)
})
