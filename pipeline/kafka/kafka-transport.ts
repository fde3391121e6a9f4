import type { OutgoingRecord, TopicProducer } from '../../connectors/kafka/kafka.ts'
import { scopeOf } from '../line-scope.ts'
import type { Permits } from '../permits.ts'
import type { Parcel, Receipt, Transport } from '../transport.ts'

/** A message holds this many bytes of records at most, unless one record alone is larger. */
const messageBytes = 512 * 1024
const newline = 10

/**
 * The Kafka transport: what is sent is safe when the brokers have acknowledged it, and is processed by whichever node owns
 * its partition. A record that was sent is sent until it is acknowledged, so it may be there twice.
 */
export function kafkaTransport(
  resources: Pick<TopicProducer, 'send'>,
  deadLetters: Pick<TopicProducer, 'send'>,
  permits: Permits,
  redactText: (text: string) => string,
  waited: (origin: Parcel['origin'], ms: number) => void,
): Transport {
  return {
    permits,
    async send(partition, parcel, signal): Promise<Receipt> {
      const { release, waitedMs } = await permits.acquire(parcel.records, parcel.bytes.byteLength, signal)
      if (waitedMs > 0) waited(parcel.origin, waitedMs)
      const sent = resources.send(partition, [...messagesOf(parcel.bytes)], signal).finally(release)
      const result = { seq: 0, records: parcel.records, changes: 0, deadLetters: 0, released: 0 }
      return { settled: sent.then(() => result) }
    },
    async refuse(partition, reason, detail, source, preview): Promise<Receipt> {
      const headers = { vaino_reason: reason, vaino_detail: redactText(detail), vaino_source: source }
      const record = { key: null, value: redactText(preview).slice(0, 200), headers }
      const result = { seq: 0, records: 1, changes: 0, deadLetters: 1, released: 0 }
      return { settled: deadLetters.send(partition, [record]).then(() => result) }
    },
    mark: () => Promise.reject(new Error('producers are not numbered in Kafka mode')),
  }
}

/** Runs of lines of one scope, each as one message under its scope. */
export function* messagesOf(bytes: Uint8Array): Generator<OutgoingRecord> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let runStart = 0
  let runScope: string | null = null
  for (let start = 0; start < buffer.length; ) {
    const found = buffer.indexOf(newline, start)
    const end = found < 0 ? buffer.length : found
    const scope = scopeOf(buffer, start, end)?.scope ?? null
    const isFull = end - runStart > messageBytes
    if (start > runStart && (scope !== runScope || isFull)) {
      yield { key: runScope, value: buffer.subarray(runStart, start - 1) }
      runStart = start
    }
    runScope = scope
    start = end + 1
  }
  if (runStart < buffer.length) yield { key: runScope, value: buffer.subarray(runStart) }
}
