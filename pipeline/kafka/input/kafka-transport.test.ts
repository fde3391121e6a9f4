import { expect, test } from 'bun:test'
import type { OutgoingRecord } from '../../../connectors/kafka/kafka.ts'
import { bytesOf } from '../../../test/kafka/record-value.ts'
import { Permits } from '../../intake/permits.ts'
import { kafkaTransport } from './kafka-transport.ts'

const line = (scope: string, length: number): string =>
  JSON.stringify({ kind: 'observed', scope, resource: { id: 'i', type: 't', provider: 'p', name: 'n'.repeat(length) } })

function recorded() {
  const sent: OutgoingRecord[] = []
  const producer = {
    async send(_partition: number, records: readonly OutgoingRecord[]) {
      sent.push(...records)
      return sent.length
    },
  }
  return { sent, producer }
}

test('a record that no message holds is a dead letter, and those around it are sent', async () => {
  const resources = recorded()
  const letters = recorded()
  const refused: string[] = []
  const permits = new Permits({ events: 100, bytes: 1_000_000 })
  const transport = kafkaTransport(
    resources.producer,
    letters.producer,
    permits,
    (text) => text.replaceAll('hunter2', '***'),
    () => undefined,
    1000,
    (reason) => refused.push(reason),
  )
  const lines = [
    line('a/b/c/d', 1),
    line('a/b/c/hunter2', 2000),
    line('a/b/c/d', 2),
    line('a/b/c/e', 3),
    line('a/b/c/e', 4),
  ]
  const parcel = { records: 5, source: 'a source', lines: null, producer: null, origin: 'collector' } as const
  const { settled } = await transport.send(0, { ...parcel, bytes: Buffer.from(`${lines.join('\n')}\n`) })
  expect(await settled).toMatchObject({ records: 5, deadLetters: 1 })
  expect(resources.sent.map(({ key, value }) => [key, bytesOf(value).toString().trimEnd()])).toEqual([
    ['a/b/c/d', lines[0] as string],
    ['a/b/c/d', lines[2] as string],
    ['a/b/c/e', lines.slice(3).join('\n')],
  ])
  const [letter] = letters.sent
  expect(letters.sent).toHaveLength(1)
  expect(letter?.headers).toMatchObject({ vaino_reason: 'too_large', vaino_source: 'a source' })
  expect(letter?.headers?.vaino_detail).toMatch(/^\d+ bytes, the limit is 1000$/)
  expect(bytesOf(letter?.value ?? null).toString()).toContain('a/b/c/***')
  expect(refused).toEqual(['too_large'])
  expect(permits.status).toMatchObject({ events: 0 })
})
