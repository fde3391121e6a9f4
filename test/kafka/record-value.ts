import type { OutgoingRecord } from '../../connectors/kafka/kafka.ts'

/** What a value is on the wire; nothing for null. */
export function bytesOf(value: OutgoingRecord['value']): Buffer {
  if (value === null) return Buffer.alloc(0)
  if (typeof value === 'string') return Buffer.from(value)
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(value.join(''))
}
