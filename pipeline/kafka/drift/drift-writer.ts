import type { LogReader, OutgoingRecord, OwnedPartition } from '../../../connectors/kafka/kafka.ts'
import { packRecords } from '../../../connectors/kafka/wire/packed-batch.ts'
import { partitionOf } from '../../../model/partition.ts'
import type { Rules } from '../../../model/rules.ts'
import type { StateReader } from '../../../storage/state-reader.ts'
import type { DriftEntry } from '../../drift/drift-log.ts'
import type { DriftView } from '../../drift/drift-view.ts'
import { hasReached } from '../../drift/has-reached.ts'
import { judgedItem } from '../../drift/judged-item.ts'
import {
  type DriftMessageSettings,
  driftMessage,
  driftTombstone,
  type PublishedDrift,
  readDriftMessage,
} from './drift-message.ts'

export interface DriftWriterParts {
  readonly topic: string
  readonly log: Pick<LogReader, 'read'>
  readonly view: DriftView
  readonly reader: Pick<StateReader, 'logId' | 'partitions' | 'encode' | 'asOf'>
  readonly rules: () => Rules
  readonly messages: DriftMessageSettings
  /** Takes a partition of the topic: fences its former writer. */
  take(partition: number): Promise<OwnedPartition>
}

/** Entries that are read, and published in one transaction, at a time. */
const entriesAtOnce = 256
/** How often the topic is compared with the log anew: what the log has forgotten gets its tombstone then. */
const compareEveryMs = 3_600_000

/**
 * Writes one partition of the drift topic until the signal is aborted.
 *
 * It fences the former writer, reads what the topic says last of each item, and waits until this node's view has followed the changes as
 * far as the former writer's had. Then it publishes, item by item, what its own log has behind the entry that the topic has, and from there on
 * each entry as it comes, in transactions. An entry that two nodes' logs have has one id in both, so nothing is published twice
 * where the topic still says what was published. Memory: two ids of each item that the topic knows, while both are compared.
 * @throws VainoError `fenced`, and what stands in the way; to be called again
 */
export async function writeDrift(parts: DriftWriterParts, partition: number, signal: AbortSignal): Promise<void> {
  await using owned = await parts.take(partition)
  while (!signal.aborted) {
    const { entries, cursor } = await readPublished(parts, partition, signal)
    if (!(await hasReached(parts, cursor, signal))) return
    const after = await publishRest(parts, owned, entries)
    await publishNew(parts, owned, after, signal)
  }
}

/** What the topic says of each item of a partition, and the newest cursor in it. */
async function readPublished({ log, topic }: DriftWriterParts, partition: number, signal: AbortSignal) {
  const entries = new Map<string, string>()
  let cursor: string | null = null
  for await (const { records } of log.read({ topic, partition, from: 'earliest', toEnd: true, signal })) {
    for (const record of records) {
      const said: PublishedDrift | null = readDriftMessage(record)
      if (said === null) continue
      cursor = said.cursor ?? cursor
      if (said.entry === null) entries.delete(said.item)
      else entries.set(said.item, said.entry)
    }
  }
  return { entries, cursor }
}

/**
 * Publishes what the log has and the topic lacks.
 * @param published the last entry of each item in the topic
 * @returns the offset of the log up to which all is published
 */
async function publishRest(
  parts: DriftWriterParts,
  owned: OwnedPartition,
  published: Map<string, string>,
): Promise<number> {
  const { log } = parts.view
  const head = log.head()[0] ?? 0
  let records: OutgoingRecord[] = []
  const flush = async (): Promise<void> => {
    if (records.length > 0) await commit(parts, owned, records)
    records = []
  }
  for (const newest of log.newest(head)) {
    const { state, address, id: item } = newest.drift
    if (partitionOf(state, parts.reader.partitions) !== owned.partition) continue
    const last = published.get(item)
    published.delete(item)
    if (last === newest.id) continue
    const own = log.ofItem(state, address, head)
    const at = own.findIndex(({ id }) => id === last)
    // Where the log doesn't know what the topic says, only what holds now is certain.
    const rest = last !== undefined && at < 0 ? [newest] : own.slice(at + 1)
    for (const entry of rest) records.push(messageOf(parts, entry))
    if (records.length >= entriesAtOnce) await flush()
  }
  for (const item of published.keys()) {
    records.push(driftTombstone(item, cursorOf(parts)))
    if (records.length >= entriesAtOnce) await flush()
  }
  await flush()
  return head
}

/** Publishes entries as they come, until it is time to compare again. */
async function publishNew(parts: DriftWriterParts, owned: OwnedPartition, from: number, signal: AbortSignal) {
  const { view, reader } = parts
  const until = AbortSignal.any([signal, AbortSignal.timeout(compareEveryMs)])
  for (let after = from; !until.aborted; ) {
    const entries = view.log.changes(0, after, view.log.head()[0] ?? 0, entriesAtOnce)
    const last = entries.at(-1)
    if (last === undefined) {
      await nextEntry(view, after, until)
      continue
    }
    const mine = entries.filter(({ entry }) => partitionOf(entry.drift.state, reader.partitions) === owned.partition)
    if (mine.length > 0)
      await commit(
        parts,
        owned,
        mine.map(({ entry }) => messageOf(parts, entry)),
      )
    after = last.offset
  }
}

function messageOf(parts: DriftWriterParts, entry: DriftEntry): OutgoingRecord {
  const drift = judgedItem(entry.drift, parts.rules(), Date.now())
  return driftMessage({ ...entry, drift }, cursorOf(parts), parts.messages)
}

function cursorOf({ view, reader }: DriftWriterParts): string {
  return reader.encode(view.position ?? reader.asOf(Number.POSITIVE_INFINITY).position)
}

async function commit({ topic }: DriftWriterParts, owned: OwnedPartition, records: OutgoingRecord[]): Promise<void> {
  const batches = [...packRecords(records)].map((batch) => ({ topic, batch }))
  await owned.commit({ batches, nextOffset: null })
}

/** Resolves when the log has an entry behind an offset, or the signal is aborted. */
function nextEntry(view: DriftView, after: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const stop = view.onEntries(done)
    signal.addEventListener('abort', done)
    if (signal.aborted || (view.log.head()[0] ?? 0) > after) done()
  })
}
