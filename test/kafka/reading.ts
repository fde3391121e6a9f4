import type { LogReader, LogRecord, ReadRequest } from '../../connectors/kafka/kafka.ts'

export const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString()

/** Everything that a partition holds now, as `read_committed` readers see it. */
export async function readAll(
  reader: LogReader,
  topic: string,
  partition = 0,
  from: ReadRequest['from'] = 'earliest',
): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const batch of reader.read({ topic, partition, from, toEnd: true })) records.push(...batch.records)
  return records
}

export const valuesIn = async (reader: LogReader, topic: string, partition = 0): Promise<(string | null)[]> =>
  (await readAll(reader, topic, partition)).map(({ value }) => textOf(value))

/** Resolves when the condition holds. @throws Error when it doesn't in time, saying what was waited for */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 120_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Counts what arrives in the partitions of a topic, as it arrives. */
export function countArrivals(reader: LogReader, topic: string, partitions: number) {
  const stop = new AbortController()
  const counts = new Array<number>(partitions).fill(0)
  const counting = Promise.all(
    counts.map(async (_, partition) => {
      const request = { topic, partition, from: 'earliest', signal: stop.signal } as const
      for await (const { records } of reader.read(request))
        counts[partition] = (counts[partition] ?? 0) + records.length
    }),
  )
  return {
    counts,
    get total() {
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await counting
    },
  }
}
