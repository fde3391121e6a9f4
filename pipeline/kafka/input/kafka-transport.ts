import type { OutgoingRecord, TopicProducer } from '../../../connectors/kafka/kafka.ts'
import type { DeadLetterReason } from '../../../model/partition-state.ts'
import { scopeOf } from '../../intake/line-scope.ts'
import type { Permits } from '../../intake/permits.ts'
import type { Parcel, Receipt, Transport } from '../../intake/transport.ts'

/** Maximum bytes of records in a message; a larger record is a message of its own. */
const usualMessageBytes = 512 * 1024
const newline = 10
const previewBytes = 200

/**
 * The Kafka transport. A record is safe when the brokers have acknowledged it; the node that owns its partition processes it. A
 * record is sent until it is acknowledged, so the topic may hold it twice.
 */
export function kafkaTransport(
  resources: Pick<TopicProducer, 'send'>,
  deadLetters: Pick<TopicProducer, 'send'>,
  permits: Permits,
  redactText: (text: string) => string,
  waited: (origin: Parcel['origin'], ms: number) => void,
  recordBytes: number,
  refused: (reason: DeadLetterReason) => void,
): Transport {
  const refuse = async (
    partition: number,
    reason: DeadLetterReason,
    detail: string,
    source: string,
    preview: string,
  ): Promise<void> => {
    const headers = {
      vaino_reason: reason,
      vaino_detail: redactText(detail),
      vaino_source: source,
      vaino_at: new Date().toISOString(),
    }
    refused(reason)
    await deadLetters.send(partition, [{ key: null, value: redactText(preview).slice(0, previewBytes), headers }])
  }
  return {
    permits,
    async send(partition, parcel, signal): Promise<Receipt> {
      const { release, waitedMs } = await permits.acquire(parcel.records, parcel.bytes.byteLength, signal)
      if (waitedMs > 0) waited(parcel.origin, waitedMs)
      const tooLarge: Buffer[] = []
      const messages = [...messagesOf(parcel.bytes, recordBytes, (line) => tooLarge.push(line))]
      // A collector's record over the limit becomes a dead letter, and the others of its scan are sent.
      const letters = tooLarge.map((line) => {
        const detail = `${line.length} bytes, the limit is ${recordBytes}`
        return refuse(partition, 'too_large', detail, parcel.source, line.toString('utf8', 0, previewBytes * 4))
      })
      const sent = Promise.all([resources.send(partition, messages, signal), ...letters]).finally(release)
      const deadLetterCount = letters.length
      const result = { seq: 0, records: parcel.records, changes: 0, deadLetters: deadLetterCount, released: 0 }
      return { settled: sent.then(() => result) }
    },
    async refuse(partition, reason, detail, source, preview): Promise<Receipt> {
      const result = { seq: 0, records: 1, changes: 0, deadLetters: 1, released: 0 }
      return { settled: refuse(partition, reason, detail, source, preview).then(() => result) }
    },
    mark: () => Promise.reject(new Error('producers are not numbered in Kafka mode')),
  }
}

/**
 * Runs of lines of one scope, each as one message under its scope.
 * @param tooLarge is given the lines longer than a record may be
 */
export function* messagesOf(
  bytes: Uint8Array,
  recordBytes: number,
  tooLarge: (line: Buffer) => void,
): Generator<OutgoingRecord> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const messageBytes = Math.min(usualMessageBytes, recordBytes)
  let runStart = 0
  let runScope: string | null = null
  for (let start = 0; start < buffer.length; ) {
    const found = buffer.indexOf(newline, start)
    const end = found < 0 ? buffer.length : found
    const fits = end - start <= recordBytes
    const scope = fits ? (scopeOf(buffer, start, end)?.scope ?? null) : null
    const isFull = end - runStart > messageBytes
    if (start > runStart && (scope !== runScope || isFull || !fits)) {
      yield { key: runScope, value: buffer.subarray(runStart, start - 1) }
      runStart = start
    }
    runScope = scope
    if (!fits) {
      tooLarge(buffer.subarray(start, end))
      runStart = end + 1
    }
    start = end + 1
  }
  if (runStart < buffer.length) yield { key: runScope, value: buffer.subarray(runStart) }
}
