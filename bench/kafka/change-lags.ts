import { type KafkaSettings, type LogReader, openLogReader } from '../../connectors/kafka/kafka.ts'
import { sentAtField } from './steady-stream.ts'
import { partitions } from './topics.ts'

/** How late each change was that came. */
export interface ChangeLags {
  /** Those that have come since the last call, in ms, the smallest first. */
  take(): number[]
}

/** Follows the topic of changes as any consumer does that reads what is committed. */
export function followChanges(settings: KafkaSettings, topic: string): ChangeLags & AsyncDisposable {
  const reader = openLogReader(settings)
  const stop = new AbortController()
  let lags: number[] = []
  const following = Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      for await (const sentAt of sentTimes(reader, topic, partition, stop.signal)) lags.push(performance.now() - sentAt)
    }),
  )
  return {
    take() {
      const taken = lags
      lags = []
      return taken.sort((a, b) => a - b)
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await following
      await reader[Symbol.asyncDispose]()
    },
  }
}

async function* sentTimes(reader: LogReader, topic: string, partition: number, signal: AbortSignal) {
  for await (const { records } of reader.read({ topic, partition, from: 'latest', signal })) {
    for (const { value } of records) {
      if (value === null) continue
      const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()
      // The last one is the document after the change.
      const at = text.lastIndexOf(sentAtField)
      if (at >= 0) yield Number.parseFloat(text.slice(at + sentAtField.length))
    }
  }
}
