import { decodePiece, type LogChunk, type LogRecord } from '../../../connectors/kafka/kafka.ts'
import { partitionPath } from '../../../storage/data-dir.ts'
import { HistoryPins } from '../../../storage/history-pins.ts'
import { ReplicaPartition } from '../../../storage/partition/replica-partition.ts'
import { SettledTimes } from '../../../storage/settled-times.ts'
import type { WorkerSettings } from '../../threads/worker-settings.ts'
import { type FollowedTopic, type ForeignReason, foreignAtSight } from '../messages/foreign-messages.ts'
import { readChangeMessage, readStateMessage } from '../messages/messages.ts'
import type { KafkaAnswers, KafkaWorkerSettings } from '../node/requests.ts'

/** A partition that another node owns: its file takes what that node publishes. */
export class PartitionReplica implements Disposable {
  readonly #settings: KafkaWorkerSettings
  readonly #file: ReplicaPartition
  readonly #partition: number
  readonly #settledTimes: SettledTimes
  readonly #pins: HistoryPins

  constructor(settings: KafkaWorkerSettings, partition: number, owner: string) {
    const { dataDir, logId, saltHex, pageCacheKiB } = settings
    this.#settings = settings
    this.#partition = partition
    this.#settledTimes = SettledTimes.over(settings.settledTimes)
    this.#pins = HistoryPins.over(settings.pins)
    this.#file = new ReplicaPartition(
      { path: partitionPath(dataDir, partition), logId, saltHex, partition, pageCacheKiB, isCopy: true },
      owner,
    )
    this.#settledTimes.followed(partition, this.#file.settledThroughMs)
  }

  get position(): KafkaAnswers['follow'] {
    const { head, lastRecordedAtMs, statesFrom } = this.#file
    return { head, lastRecordedAtMs, statesFrom }
  }

  get isRebuilding(): boolean {
    return this.#file.isRebuilding
  }

  beginRebuild(): void {
    this.#file.beginRebuild()
  }
  endRebuild(): void {
    this.#file.endRebuild(Date.now())
    this.#settle()
  }

  /** Takes a piece of a chunk in one transaction. */
  take(topic: FollowedTopic, chunk: LogChunk): KafkaAnswers['replicate'] {
    const piece = decodePiece(chunk, this.#settings.transactionBytes)
    const foreign = foreignAtSight(piece)
    let next = piece.nextOffset
    let awaits: number | null = null
    this.#file.transaction(() => {
      for (const record of piece.records) {
        const outcome = topic === 'changes' ? this.#takeChange(record) : this.#takeState(record)
        if (typeof outcome === 'number') {
          next = record.offset
          awaits = outcome
          break
        }
        if (outcome !== null) foreign.push({ reason: outcome, offset: record.offset, count: 1 })
      }
      if (topic === 'state') this.#file.statesReadTo(next)
    })
    // During a rebuild readers have the old file.
    if (topic === 'changes' && !this.#file.isRebuilding) this.#settle()
    return { head: this.#file.head, next, awaits, foreign: foreign.filter(({ offset }) => offset < next) }
  }

  expire(nowMs: number, retention: WorkerSettings['retention']): boolean {
    return this.#file.expire(nowMs, retention, (floor) => this.#pins.lowest(this.#partition, floor))
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]()
  }

  #settle(): void {
    this.#settledTimes.advanced(this.#partition, this.#file.settledThroughMs)
  }

  /** @returns why the message is passed over; null if it was applied */
  #takeChange({ key, value }: LogRecord): ForeignReason | null {
    if (key === null) return null
    if (value === null) return 'no_value'
    const change = readChangeMessage(value, (one) => this.#file.documentBefore(one))
    if (change === null) return 'not_a_change'
    if (this.#file.isRebuilding) this.#file.beginHistory(change)
    if (change.op === 'a') this.#file.attribution(change)
    else this.#file.change(change)
    return null
  }

  /** @returns the offset of the change that must come first, or why the message is passed over; null if it was applied */
  #takeState({ key, value, headers }: LogRecord): number | ForeignReason | null {
    if (key === null) return null
    const file = this.#file
    const message = readStateMessage(Buffer.from(key).toString('utf8'), value, headers)
    if (message === null) return 'not_a_state'
    const isEarly = (offset: number) => !file.isRebuilding && offset > file.head
    switch (message.kind) {
      case 'state':
        if (isEarly(message.state.last)) return message.state.last
        file.state(message.state)
        return null
      case 'scope':
        if (isEarly(message.scope.head)) return message.scope.head
        file.scope(message.scope)
        return null
      case 'forgotten':
        if (isEarly(message.head)) return message.head
        file.forgotten(message.scope)
        return null
      case 'partition':
        if (isEarly(message.reach.head)) return message.reach.head
        file.reached(message.reach)
        return null
      case 'waiting':
        file.waiting(message.attribution)
        return null
      case 'waiting_ended':
        file.waitingEnded(message.number)
        return null
      case 'deleted':
        file.deleted(message.resource)
        return null
      case 'removed':
        file.removed(message.resource)
        return null
    }
  }
}
