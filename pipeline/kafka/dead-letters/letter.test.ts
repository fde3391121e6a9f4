import { expect, test } from 'bun:test'
import type { LogRecord } from '../../../connectors/kafka/kafka.ts'
import { createRedactor } from '../../../model/redaction.ts'
import { bytesOf } from '../../../test/kafka/record-value.ts'
import { deadLetterMessage } from '../messages/messages.ts'
import { letterReader } from './letter.ts'

const { redactText } = createRedactor(Buffer.from('salt'))
const letterOf = letterReader('vaino.deadletters', 3, redactText)
const atMs = Date.parse('2026-11-23T12:00:00Z')

const record = (value: string | Uint8Array | null, headers: Readonly<Record<string, string>> = {}): LogRecord => ({
  offset: 17,
  timestampMs: atMs,
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const),
})

const foreign = {
  at: '2026-11-23T12:00:00.000Z',
  reason: "foreign: another program's message in vaino.deadletters",
  source: 'vaino.deadletters partition 3 offset 17',
}

test('a dead letter is listed as it was written', () => {
  const source = 'vaino.resources partition 3 offset 4'
  const written = {
    reason: 'unknown_kind',
    detail: 'no "kind"',
    source,
    preview: '{"order":17,"password":"(redacted)"',
  }
  const { value, headers } = deadLetterMessage(written, atMs + 1)
  const { entry } = letterOf(record(bytesOf(value), headers))
  const { preview } = written
  expect(entry).toEqual({ at: '2026-11-23T12:00:00.001Z', reason: 'unknown_kind: no "kind"', source, preview })
  const bare = deadLetterMessage({ reason: 'not_json', detail: '', source, preview: '' }, atMs)
  expect(letterOf(record(bytesOf(bare.value), bare.headers)).entry).toMatchObject({ reason: 'not_json', preview: '' })
})

test.each([
  ['text', 'hello', 'hello'],
  ['nothing', null, ''],
  ['no text', new Uint8Array([0xff, 0x41, 0xc3]), '�A�'],
])("I12: another program's message of %s is listed as what it is", (_, value, preview) => {
  expect(letterOf(record(value)).entry).toEqual({ ...foreign, preview })
})

test('I9: what another program writes is redacted, and cut short', () => {
  const { preview } = letterOf(record(`{"user":"eve","password":"hunter2","rest":"${'x'.repeat(1_000_000)}"}`)).entry
  expect(preview).toStartWith('{"user":"eve","password":"(redacted)"')
  expect(preview).toHaveLength(200)
  const { entry } = letterOf(
    record('', { vaino_reason: 'odd', vaino_detail: 'password=hunter2', vaino_source: 'x'.repeat(9_999) }),
  )
  expect(entry.reason).toBe('odd: password=(redacted)')
  expect(entry.source.length).toBeLessThanOrEqual(1_000)
})

test.each([-1, Number.NEGATIVE_INFINITY, 8.64e15 + 1, Number.MAX_SAFE_INTEGER])(
  'a record that says the time %p is listed with a time that can be written',
  (timestampMs) => {
    const { at } = letterOf({ ...record('x'), timestampMs }).entry
    expect(at).toMatch(/^(1970-01-01T00:00:00.000|9999-12-31T23:59:59.999)Z$/)
    const said = letterOf({ ...record('x', { vaino_reason: 'x', vaino_at: '+275760-09-13T00:00:00Z' }), timestampMs })
    expect(said.entry.at).toBe('9999-12-31T23:59:59.999Z')
    expect(letterOf(record('x', { vaino_reason: 'x', vaino_at: 'yesterday' })).entry.at).toBe(foreign.at)
  },
)
