import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { decodePiece, type LogChunk } from '../../../connectors/kafka/kafka.ts'
import { type PackedBatch, packRecords, sealBatch } from '../../../connectors/kafka/wire/packed-batch.ts'
import { partitionPath } from '../../../storage/data-dir.ts'
import { HistoryPins } from '../../../storage/history-pins.ts'
import { PartitionReader } from '../../../storage/reader/partition-reader.ts'
import type { ReplicaChange } from '../../../storage/replica.ts'
import { SettledTimes } from '../../../storage/settled-times.ts'
import { runs } from '../../../test/property.ts'
import { Progress } from '../../threads/progress.ts'
import { operatorHeader } from '../input/input-piece.ts'
import { messageLimits } from '../messages/message-limits.ts'
import { readChangeMessage } from '../messages/messages.ts'
import type { KafkaWorkerSettings } from '../node/requests.ts'
import { PartitionReplica } from '../replica/partition-replica.ts'
import { Outbox } from './outbox.ts'
import { PartitionOwner } from './partition-owner.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-'))
afterAll(() => rmSync(folder, { recursive: true }))
let nodes = 0

/** A node with a data directory of its own. */
function newSettings(): KafkaWorkerSettings {
  const dataDir = join(folder, String(nodes++))
  mkdirSync(join(dataDir, 'partitions'), { recursive: true })
  return {
    ...{ dataDir, logId: '0123456789abcdef', partitions: 1, isNew: true, session: 's', saltHex: 'ab'.repeat(32) },
    ...{ recordBytes: 100_000, maxFingerprints: 16, pageCacheKiB: 512, maxDeadLetters: 0, transactionBytes: 400 },
    ...{
      retention: { ageMs: 1e12, bytes: 1e12 },
      pins: HistoryPins.create(1).buffer,
      settledTimes: SettledTimes.create(1).buffer,
    },
    messages: { prefix: 'vaino', encoding: 'json', ...messageLimits(100_000, null) },
  }
}

/** A partition of a topic, in memory. */
class Log {
  readonly #batches: Buffer[] = []
  next = 0

  append(batch: PackedBatch): void {
    const sealed = sealBatch(batch, { producerId: 1, epoch: 0, firstSequence: 0, isTransactional: false })
    sealed.writeBigInt64BE(BigInt(this.next), 0)
    this.next += batch.count
    this.#batches.push(sealed)
  }
  from(offset: number): LogChunk {
    return { bytes: new Uint8Array(Buffer.concat(this.#batches)), from: offset, aborted: [] }
  }
}

/** How a partition comes to who has it next. */
const moves = ['opened anew', 'followed', 'rebuilt'] as const

/** One partition through all that happens to it, driven in one thread. */
class MovingPartition implements Disposable {
  readonly input = new Log()
  readonly #published = { changes: new Log(), state: new Log(), deadLetters: new Log() }
  readonly #outbox = new Outbox(100_000)
  #settings = newSettings()
  #owner = this.#open()
  #next = 0

  constructor() {
    this.#owner.begin(null)
  }

  /** Processes what is in the input and wasn't yet. */
  process(): void {
    while (this.#next < this.input.next) {
      const { batches, next } = this.#owner.prepare(this.input.from(this.#next), null)
      for (const { to, batch } of batches) this.#published[to].append(batch)
      this.#owner.commit()
      this.#next = next
    }
  }

  /** Follows the published changes on another node. @param look is called after each piece that was applied */
  followed(look: (settings: KafkaWorkerSettings) => void): void {
    const settings = newSettings()
    using replica = new PartitionReplica(settings, 0, 'replica')
    const { changes } = this.#published
    for (let at = 0; at < changes.next; look(settings)) at = replica.take('changes', changes.from(at)).next
  }

  move(how: (typeof moves)[number]): void {
    this.#owner[Symbol.dispose]()
    if (how !== 'opened anew') {
      this.#settings = newSettings()
      using replica = new PartitionReplica(this.#settings, 0, 'replica')
      const order = how === 'rebuilt' ? (['state', 'changes'] as const) : (['changes', 'state'] as const)
      if (how === 'rebuilt') replica.beginRebuild()
      for (const topic of order) {
        const log = this.#published[topic]
        for (let at = 0; at < log.next; ) at = replica.take(topic, log.from(at)).next
      }
      if (how === 'rebuilt') replica.endRebuild()
    }
    this.#owner = this.#open()
    const { next, remember } = this.#owner.begin({ next: this.#next, isOld: false })
    if (remember === null) return
    for (let at = Math.min(next, ...remember.map(({ from }) => from ?? 0)); at < next; ) {
      at = this.#owner.remember(this.input.from(at), next, null).next
    }
    this.#owner.remembered(next, [])
  }

  /** The effects of the input, by its topics. */
  outcome() {
    const { changes, deadLetters } = this.#published
    const valuesIn = (log: Log) => {
      const values: Uint8Array[] = []
      for (let at = 0; at < log.next; ) {
        const { records, nextOffset } = decodePiece(log.from(at), 1e9)
        values.push(...records.flatMap(({ value }) => value ?? []))
        at = nextOffset
      }
      return values
    }
    const contentOf = ({ scope, name, op, version, reason, scan, fields, before, after }: ReplicaChange) => {
      return { scope, name, op, version, reason, scan, fields, before, after }
    }
    return {
      changes: valuesIn(changes).map((value) => contentOf(readChangeMessage(value, () => null) as ReplicaChange)),
      deadLetters: valuesIn(deadLetters).map((value) => Buffer.from(value).toString()),
    }
  }

  /** The scopes that its file lists. */
  scopes() {
    using reader = new PartitionReader(partitionPath(this.#settings.dataDir, 0), 0, () => undefined)
    return reader
      .scopesAfter('')
      .filter(({ forgotten }) => Number(forgotten ?? 0) === 0)
      .map(({ scope, live, held, had_complete, scan, failed }) => {
        return { scope, live, held, had_complete, scan, failed }
      })
  }

  [Symbol.dispose](): void {
    this.#owner[Symbol.dispose]()
  }

  #open(): PartitionOwner {
    return new PartitionOwner(this.#settings, 0, 'owner', { progress: new Progress(), outbox: this.#outbox })
  }
}

const scope = fc.constantFrom('p/-/-/a', 'p/-/-/b')
const scan = fc.constantFrom('s1', 's2')
const at = fc.constantFrom(null, 1, 2)
const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const
const observed = (scope: string, id: string, scan: string | null, value: number) => ({
  ...{ kind: 'observed', scope, scan },
  resource: { id, type: 't', provider: 'p', configuration: { value } },
})
const begin = (scope: string, scan: string, at: number | null) => ({
  ...{ kind: 'scan.begin', scope, scan },
  ...(at === null ? {} : { observed_at: new Date(at * 1_000).toISOString() }),
})
const end = (scope: string, scan: string, count: number) => ({ kind: 'scan.end', scope, scan, complete: true, count })

type Message = readonly { readonly scope: string }[]
const value = fc.nat(1)
const wholeScan: fc.Arbitrary<Message[]> = fc
  .record({ scope, scan, at, seen: fc.subarray([...ids]), value, cut: fc.nat(10) })
  .map(({ scope, scan, at, seen, value, cut }) => {
    const seeing = seen.map((id) => observed(scope, id, scan, value))
    const records = [begin(scope, scan, at), ...seeing, end(scope, scan, seen.length)]
    return [records.slice(0, cut), records.slice(cut)].filter((message) => message.length > 0)
  })
const one: fc.Arbitrary<Message[]> = fc
  .oneof(
    fc.record({ scope, scan: fc.option(scan), id: fc.constantFrom(...ids), value }).map((given) => {
      return observed(given.scope, given.id, given.scan, given.value)
    }),
    fc.record({ scope, scan, at }).map((given) => begin(given.scope, given.scan, given.at)),
    fc.record({ scope, scan, count: fc.nat(3) }).map((given) => end(given.scope, given.scan, given.count)),
    fc.record({ kind: fc.constant('gone'), scope, id: fc.constantFrom(...ids) }),
    fc.record({ kind: fc.constant('scope.forget'), scope }),
    fc.record({ kind: fc.constant('hold.release'), scope, apply: fc.boolean() }),
  )
  .map((record) => [[record]])
/** Messages as they are produced: some twice, at once or after what came next. */
const sent = fc.array(
  fc.record({
    messages: fc.oneof({ weight: 2, arbitrary: wholeScan }, { weight: 1, arbitrary: one }),
    again: fc.constantFrom('no', 'no', 'each', 'all'),
    move: fc.option(fc.constantFrom(...moves)),
  }),
  { maxLength: 14 },
)

test('I6, I11: a partition that moves, with scans open or messages that come twice, does as one that stays', () => {
  fc.assert(
    fc.property(sent, (sent) => {
      using moving = new MovingPartition()
      using staying = new MovingPartition()
      for (const { messages, again, move } of sent) {
        const repeated = again === 'each' ? messages.flatMap((message) => [message, message]) : messages
        for (const message of again === 'all' ? [...messages, ...messages] : repeated) {
          const value = Buffer.from(message.map((record) => `${JSON.stringify(record)}\n`).join(''))
          const key = message[0]?.scope ?? ''
          for (const { input } of [moving, staying]) {
            for (const batch of packRecords([{ key, value, headers: { [operatorHeader]: '1' } }])) input.append(batch)
          }
        }
        staying.process()
        moving.process()
        if (move !== null) moving.move(move)
      }
      expect(moving.outcome()).toEqual(staying.outcome())
      expect(moving.scopes()).toEqual(staying.scopes())
    }),
    runs(60),
  )
}, 120_000)

test("another node's partition is settled up to what was applied of it, so an answer as of a time never changes there", () => {
  using owned = new MovingPartition()
  for (let round = 0; round < 6; round++) {
    const message = ids.map((id) => JSON.stringify(observed('p/-/-/a', id, null, round)))
    for (const batch of packRecords([{ key: 'p/-/-/a', value: Buffer.from(`${message.join('\n')}\n`), headers: {} }]))
      owned.input.append(batch)
    owned.process()
  }
  const answers: { asOfMs: number; offset: number; head: number }[] = []
  const offsetAt = (settings: KafkaWorkerSettings, timeMs: number) => {
    using reader = new PartitionReader(partitionPath(settings.dataDir, 0), 0, () => undefined)
    return { offset: reader.offsetAt(timeMs), head: reader.head() }
  }
  let last: KafkaWorkerSettings | null = null
  owned.followed((settings) => {
    const asOfMs = SettledTimes.over(settings.settledTimes).settle(Number.POSITIVE_INFINITY, Date.now())
    answers.push({ asOfMs, ...offsetAt(settings, asOfMs) })
    last = settings
  })
  expect(answers.length).toBeGreaterThanOrEqual(6)
  for (const { asOfMs, offset } of answers) expect(offsetAt(last ?? newSettings(), asOfMs).offset).toBe(offset)
  // All but the changes of the last time.
  expect(answers.at(-1)?.offset).toBeGreaterThan(0)
  expect(answers.at(-1)?.head).toBe(6 * ids.length)
})
