import type { KafkaNode } from './node.ts'

const coordinatorPartitions = 5
/** Batches before and behind the one that is looked for: its transaction's end, and the transactions beside it. */
const batchesBeside = 8

/** The line of a batch, and those of its records. */
interface DumpedBatch {
  readonly head: string
  readonly records: readonly string[]
}

function batchesOf(lines: readonly string[]): DumpedBatch[] {
  const batches: { head: string; records: string[] }[] = []
  for (const line of lines) {
    if (line.startsWith('baseOffset')) batches.push({ head: line, records: [] })
    else if (line.startsWith('|')) batches.at(-1)?.records.push(line)
  }
  return batches
}

const producerOf = ({ head }: DumpedBatch): string => /producerId: (-?\d+)/.exec(head)?.[1] ?? ''

/** Without what says nothing of its transaction. */
const brief = (line: string): string =>
  line
    .replace(
      /(deleteHorizonMs|position|size|magic|compresscodec|crc|isvalid|CreateTime|keySize|valueSize|headerKeys): \S+ ?/g,
      '',
    )
    .slice(0, 300)

/** Those that have such a record, and those beside them. */
function beside(batches: readonly DumpedBatch[], isHit: (record: string) => boolean): DumpedBatch[] {
  const hits = batches.flatMap(({ records }, at) => (records.some(isHit) ? [at] : []))
  return batches.filter((_, at) => hits.some((hit) => Math.abs(at - hit) <= batchesBeside))
}

const shown = ({ head, records }: DumpedBatch, isWanted: (record: string) => boolean): string[] => [
  brief(head),
  ...records.filter((record) => record.includes('endTxnMarker') || isWanted(record)).map(brief),
]

/**
 * What a broker's files say of where a record stands, and of the positions that its producers have committed: whose transactions
 * these were and how each ended. For the message of a test that fails.
 * @param text the first of the record's value: the partition, a dash, and its offset in the input
 */
export async function dumpNear(
  node: KafkaNode,
  { topic, partition }: { topic: string; partition: number },
  text: string,
): Promise<string> {
  const isHit = (record: string): boolean => record.includes(`payload: ${text}`)
  const near = beside(batchesOf(await node.dump(topic, partition)), isHit)
  const offset = Number(text.split('-')[1])
  const isPosition = (record: string): boolean => record.includes(`"offset":${offset},`)
  const producers = new Set(near.map(producerOf))
  const positions: string[] = []
  for (let of = 0; of < coordinatorPartitions; of++) {
    const committed = batchesOf(await node.dump('__consumer_offsets', of)).filter((one) =>
      producers.has(producerOf(one)),
    )
    positions.push(...beside(committed, isPosition).flatMap((one) => shown(one, () => true)))
  }
  return [
    `${topic}-${partition} of node ${node.id}:`,
    ...near.flatMap((one) => shown(one, isHit)),
    '__consumer_offsets:',
    ...positions,
  ].join('\n')
}
