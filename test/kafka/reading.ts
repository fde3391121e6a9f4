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

/** How what was read differs from what was wanted, in a line; null if it doesn't. A whole diff of thousands hides what happened. */
export function differenceOf(read: readonly (string | null)[], wanted: readonly (string | null)[]): string | null {
  const found = [
    ['too much', without(read, wanted)],
    ['missing', without(wanted, read)],
  ] as const
  const said = found.flatMap(([what, those]) =>
    those.length > 0 ? [`${those.length} ${what}: ${brief(those[0])} to ${brief(those.at(-1))}`] : [],
  )
  if (said.length > 0) return said.join('; ')
  const at = wanted.findIndex((one, index) => one !== read[index])
  return at < 0 ? null : `another order, from ${brief(wanted[at])} on`
}

const brief = (text: string | null | undefined): string => JSON.stringify(text?.slice(0, 24) ?? null)

/** Those of some texts that others lack; one that stands there once too often, once. */
function without(those: readonly (string | null)[], others: readonly (string | null)[]): (string | null)[] {
  const counts = new Map<string | null, number>()
  for (const other of others) counts.set(other, (counts.get(other) ?? 0) + 1)
  return those.filter((one) => {
    const left = counts.get(one) ?? 0
    counts.set(one, left - 1)
    return left <= 0
  })
}

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
