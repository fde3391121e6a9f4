import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { maxWaiting } from '../../../model/attribution.ts'
import type { Scope } from '../../../model/scope.ts'
import type { WaitingAttribution } from '../../../storage/replica.ts'
import { problemsOf, publishedSchemas } from '../../../test/kafka/schemas.ts'
import { runs } from '../../../test/property.ts'
import type { OutputRecord } from '../owner/outbox.ts'
import { readStateMessage, waitingAttribution, waitingEnded } from './messages.ts'

const ms = fc.integer({ min: 0, max: 4e12 })
const text = fc.option(fc.string({ unit: 'binary' }))
const waiting = fc.record<WaitingAttribution>({
  scope: fc.constantFrom('a/b/c/d' as Scope, 'aws/-/-/v%2Fm' as Scope),
  name: fc.string(),
  number: fc.integer({ min: 1, max: 3 * maxWaiting }),
  ...{ sinceMs: ms, occurredAtMs: ms },
  actor: fc.oneof(
    fc.string(),
    fc.dictionary(fc.string(), fc.string()).map((all) => ({ ...all, n: 1 })),
  ),
  event: fc.record({ id: fc.string(), name: text, source: text }),
})
const read = ({ key, value, headers }: OutputRecord) =>
  readStateMessage(
    String(key),
    typeof value === 'string' ? Buffer.from(value) : null,
    Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
  )

test('what waits is read as it was written, and as its schema says; so is that it has ended', () => {
  const schema = publishedSchemas()('waiting-attribution')
  fc.assert(
    fc.property(waiting, (attribution) => {
      const message = waitingAttribution(attribution, 3, 1_000)
      expect(read(message)).toEqual({ kind: 'waiting', attribution })
      expect(problemsOf(schema, JSON.parse(String(message.value)))).toEqual([])
      const ended = waitingEnded(attribution.number, 3, 2_000)
      expect(ended.key).toBe(message.key)
      expect(read(ended)).toEqual({ kind: 'waiting_ended', number: attribution.number })
    }),
    runs(200),
  )
})

test('I10: no two that wait at a time have one key, and there are no more keys than can wait', () => {
  const keys = Array.from({ length: maxWaiting + 1 }, (_, index) => waitingEnded(index + 1, 0, 0).key)
  expect(new Set(keys).size).toBe(maxWaiting)
  expect(keys.at(-1)).toBe(keys[0] ?? null)
})

test('what another program wrote under such a key is not read', () => {
  const [key, value] = ['partition:0:waiting:1', Buffer.from('{"number":1,"scope":"a/b/c/d"}')]
  expect(readStateMessage(key, value, [])).toBeNull()
  expect(readStateMessage(key, null, [])).toBeNull()
  expect(readStateMessage(key, null, [['vaino_number', Buffer.from('x')]])).toBeNull()
})
