// Long because every write to a partition goes through one object: its counters and caches must agree with the rows it has written.

import type { AttributableChange, Attributed } from '../../model/attribution.ts'
import { VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import type {
  ChangeDraft,
  Confirmation,
  DeadLetterReason,
  IdHash,
  PartitionState,
  ResourceState,
  ScanResult,
  ScopeState,
} from '../../model/partition-state.ts'
import { saysGone } from '../../model/record.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import { type AttributionRow, type ChangeRow, insertChange, type Row } from '../change-row.ts'
import type { HistoryPins } from '../history-pins.ts'
import type { WrittenRows } from '../recent-log.ts'
import type { ReplicaListener } from '../replica.ts'
import type { SettledTimes } from '../settled-times.ts'
import { ActivityCounters } from './activity-counters.ts'
import { Announcements } from './announcements.ts'
import { AttributionTable } from './attribution-table.ts'
import { ClassTable, headerText } from './class-table.ts'
import { countAnew, noteCounted } from './count-anew.ts'
import { FacetCounters } from './facet-counters.ts'
import { FingerprintCache } from './fingerprint-cache.ts'
import { LabelTable } from './label-table.ts'
import type { Meta } from './meta.ts'
import { PartitionFile, type PartitionFileSettings } from './partition-file.ts'
import { ReachedMark } from './reached-mark.ts'
import { noHashes, packHashes, readResource } from './resource-row.ts'
import { attributionBytes, historyBytes, Retention } from './retention.ts'
import { ScanProgress } from './scan-progress.ts'
import { resourceState } from './schema.ts'
import { ScopeTable } from './scope-table.ts'
import { prepareStatements, type Statements } from './statements.ts'

export interface PartitionSettings extends PartitionFileSettings {
  /** Bound of the fingerprint cache, in entries of 20 bytes. */
  readonly maxFingerprints: number
  /** Dead letters kept; the oldest go. */
  readonly maxDeadLetters: number
  /** Where the stamps of transactions are published for readers in other threads; absent where nobody reads as of a time meanwhile. */
  readonly settledTimes?: SettledTimes
  /** Collects the rows of each transaction for those who follow the log; absent where nobody is handed any. */
  readonly writtenRows?: WrittenRows
}

/**
 * The writing side of one partition's file; exactly one owner has it open (checked in every transaction).
 *
 * What it keeps in memory is a bounded mirror of the file. After any failed transaction the mirror may be ahead of the
 * file, so the partition must be closed and opened anew.
 */
export class Partition implements PartitionState, Disposable {
  readonly #file: PartitionFile
  readonly #scopes: ScopeTable
  readonly #cache: FingerprintCache
  readonly #sql: Statements
  readonly #progress: ScanProgress
  readonly #retention: Retention
  readonly #attributions: AttributionTable
  readonly #classes: ClassTable
  readonly #facets: FacetCounters
  readonly #activity: ActivityCounters
  readonly #labels: LabelTable
  readonly #maxDeadLetters: number
  readonly #announcements: Announcements | null
  readonly #partition: number
  readonly #settledTimes: SettledTimes | null
  readonly #writtenRows: WrittenRows | null
  /** Null for a copy: the log in Kafka shows what is missing. */
  readonly #mark: ReachedMark | null
  #hasFailed = false
  /** Documents may have been kept anew without a change. */
  #hasRefreshed: boolean
  #head: number
  /** The last change that the counters in the file hold. */
  #countedHead: number
  #lastRecordedAtMs: number
  #nextResource: number
  #nextEpoch: number
  #nowMs = 0
  #deadLettersWritten = 0
  #bytesWritten = 0
  #inputFrom: number | null = null

  /** @param listener receives what prepared transactions do, for the log that this file is a copy of */
  constructor(settings: PartitionSettings, owner: string, listener: ReplicaListener | null = null) {
    this.#file = new PartitionFile(settings, owner)
    const { db, meta } = this.#file
    this.#sql = prepareStatements(db)
    this.#progress = new ScanProgress(this.#sql)
    this.#scopes = new ScopeTable(db)
    this.#retention = new Retention(meta, this.#sql)
    this.#attributions = new AttributionTable(db, this.#sql)
    this.#cache = new FingerprintCache(settings.maxFingerprints)
    this.#maxDeadLetters = settings.maxDeadLetters
    this.#announcements = listener === null ? null : new Announcements(db, listener)
    this.#partition = settings.partition
    const last = this.#sql.lastChange.get()
    this.#head = Math.max(Number(last?.offset ?? 0), meta.number('head', 0))
    this.#classes = new ClassTable(db)
    this.#facets = new FacetCounters(db)
    this.#activity = new ActivityCounters(db)
    this.#labels = new LabelTable(db)
    countAnew(db, meta, { classes: this.#classes, facets: this.#facets, labels: this.#labels }, this.#head)
    this.#countedHead = this.#head
    this.#mark = settings.isCopy ? null : this.#openMark(settings.path)
    this.#lastRecordedAtMs = Math.max(Number(last?.recorded_at ?? 0), meta.number('floor_at', 0))
    this.#nextResource = Number(this.#sql.nextResource.get()?.n)
    this.#hasRefreshed = db.prepare('SELECT 1 FROM refreshed LIMIT 1').get() !== undefined
    this.#nextEpoch = Number(this.#sql.nextEpoch.get()?.n)
    this.#settledTimes = settings.settledTimes ?? null
    this.#writtenRows = settings.writtenRows ?? null
    this.#settledTimes?.owned(this.#partition, this.#lastRecordedAtMs)
  }

  get head(): number {
    return this.#head
  }
  get floor(): number {
    return this.#retention.floor
  }
  /** When the last change was recorded, or another transaction written since the file was opened; 0 for none. */
  get lastRecordedAtMs(): number {
    return this.#lastRecordedAtMs
  }
  get cache(): { readonly hits: number; readonly misses: number; readonly bytes: number } {
    return this.#cache
  }
  get meta(): Meta {
    return this.#file.meta
  }
  /** Bytes of documents, fields and marks written since the last call. */
  takeBytesWritten(): number {
    const bytes = this.#bytesWritten
    this.#bytesWritten = 0
    return bytes
  }
  /** How long the last `COMMIT` took: the write and the fsync. */
  get lastCommitMs(): number {
    return this.#file.lastCommitMs
  }

  /** Runs `work` in one transaction, as {@link prepare} does. The commit is fsynced when this returns. */
  transaction<T>(nowMs: number, work: (stampMs: number) => T): T {
    const result = this.prepare(nowMs, null, work)
    this.commit()
    return result
  }

  /**
   * The first half of {@link transaction}: when this returns, everything is written and nothing is committed, so that it
   * can be published first. A transaction that throws is undone.
   * @param nowMs the clock; what was recorded is never newer than the stamp, whatever the clocks of owners say
   * @param inputFrom where in the input this transaction's records begin, as far as the input has offsets
   * @param work is called with the transaction's one stamp, which never goes back and is later than each time that was answered
   */
  prepare<T>(nowMs: number, inputFrom: number | null, work: (stampMs: number) => T): T {
    const earliestMs = Math.max(nowMs, this.#lastRecordedAtMs)
    this.#nowMs = this.#settledTimes?.begin(this.#partition, earliestMs) ?? earliestMs
    this.#inputFrom = inputFrom
    this.#writtenRows?.begin()
    try {
      this.#file.begin()
      const result = work(this.#nowMs)
      this.#flush()
      return result
    } catch (error) {
      this.#hasFailed = true
      this.#file.rollback()
      this.#settledTimes?.rolledBack(this.#partition, this.#nowMs)
      throw error
    }
  }

  commit(): void {
    try {
      this.#file.commit()
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
    this.#settledTimes?.committed(this.#partition, this.#nowMs)
    this.#mark?.reached(this.#head, performance.now())
    this.#announcements?.clear()
  }

  /** Publishes to the listener the rest of the prepared transaction. @param input the input offset that comes next after it */
  publishRest(input: number): void {
    this.#announcements?.publishRest(this.#head, input, this.#scopes)
  }

  scope(scope: Scope): ScopeState {
    return this.#scopes.get(scope)
  }
  knownScope(scope: Scope): ScopeState | null {
    return this.#scopes.find(scope)
  }

  recognise(scope: ScopeState, id: IdHash, rawLo: number, rawHi: number, underScan: boolean): boolean {
    const resource = this.#cache.match(id.idLo, id.idHi, rawLo, rawHi)
    if (resource === 0) return false
    if (scope.scan !== null) this.mark(scope, resource, underScan, true)
    return true
  }

  find(scope: ScopeState, name: string): ResourceState | null {
    const row = this.#sql.find.get(scope.id, name) as Row | undefined
    return row === undefined ? null : readResource(row)
  }

  resourceById(id: number): ResourceState | null {
    const row = this.#sql.byId.get(id) as Row | undefined
    return row === undefined ? null : readResource(row)
  }

  document(resource: ResourceState): string {
    const row = this.#sql.document.get(resource.id, resource.last)
    const text = row?.document
    if (typeof text !== 'string') {
      throw new VainoError('storage_failed', `the current document of resource ${resource.id} is missing from the log`)
    }
    return text
  }

  mark(scope: ScopeState, resource: number, underScan: boolean, wasLive: boolean): void {
    if (this.#progress.mark(scope, resource, underScan, wasLive)) this.#scopes.touch(scope)
  }

  record(scope: ScopeState, draft: ChangeDraft, id: IdHash | null): ResourceState {
    const { current, envelope, op, reason, before, after, resourceName: name, uid } = draft
    const resource = current?.id ?? this.#nextResource++
    const offset = ++this.#head
    const now = this.#nowMs
    const { observedAtMs, scan, occurredAt } = envelope
    const kind = this.#classes.of(draft.header, scope.scope)
    const formerClass = current === null ? 0 : this.#classNumberOf(scope, current)
    const row: ChangeRow = {
      partition: this.#partition,
      offset,
      resource,
      prev: current?.last ?? 0,
      prevAtMs: current?.changedAtMs ?? 0,
      op,
      version: (current?.version ?? 0) + 1,
      recordedAtMs: now,
      observedAtMs,
      scan,
      reason,
      occurredAt,
      actor: envelope.actor === null ? null : JSON.stringify(envelope.actor),
      header: headerText(kind, draft.header),
      fields: JSON.stringify(draft.fields),
      before,
      after,
      scope: scope.scope,
      name,
    }
    const bytes = historyBytes(row.fields, before, after)
    this.#bytesWritten += bytes
    this.#retention.recorded(bytes, row.prev)
    insertChange(this.#sql.insertChange, row)
    this.#writtenRows?.add(row)
    const live = op !== 'd'
    const state = live ? resourceState.live : resourceState.deleted
    const classNumber = live ? kind.number : 0
    this.#facets.moved(scope.id, formerClass, classNumber, offset)
    this.#activity.recorded(op, kind.provider, now)
    const hashes = packHashes(draft.hashes ?? noHashes, classNumber)
    const firstSeenMs = current?.firstSeenMs ?? now
    const { version } = row
    if (current === null) {
      const times = [firstSeenMs, now, observedAtMs] as const
      this.#sql.insertResource.run(resource, scope.id, name, offset, version, state, hashes, uid, ...times)
    } else {
      this.#sql.updateResource.run(offset, version, state, hashes, uid, now, observedAtMs, resource)
      if (this.#hasRefreshed) this.#sql.dropRefreshed.run(resource)
    }
    if (!live) this.#labels.drop(resource, offset)
    else if (op === 'u') this.#labels.update(resource, draft.header, draft.fields, offset)
    else this.#labels.write(resource, draft.header)
    this.#announcements?.change(row, firstSeenMs, uid)
    scope.lastChange = offset
    scope.lastChangeAtMs = now
    this.#account(scope, resource, current?.condition ?? 'deleted', live)
    if (live && id && draft.hashes) {
      this.#cache.put(id.idLo, id.idHi, draft.hashes.rawLo, draft.hashes.rawHi, resource)
    } else if (id) this.#cache.delete(id.idLo, id.idHi)
    return {
      id: resource,
      name,
      last: offset,
      version,
      condition: live ? 'live' : 'deleted',
      uid,
      firstSeenMs,
      changedAtMs: now,
      observedAtMs,
      hashes: draft.hashes ?? noHashes,
      classNumber,
    }
  }

  confirm(scope: ScopeState, resource: ResourceState, id: IdHash, confirmation: Confirmation): void {
    const { hashes, uid, observedAtMs, document } = confirmation
    if (resource.condition === 'held') this.setHeld(scope, resource.id, false)
    // A cold cache asks again about what the row knows already: nothing to write then.
    if (hashes !== resource.hashes)
      this.#sql.confirm.run(packHashes(hashes, this.#classNumberOf(scope, resource)), uid, observedAtMs, resource.id)
    if (document !== null) {
      this.#bytesWritten += Buffer.byteLength(document)
      this.#sql.refresh.run(resource.id, document, observedAtMs)
      // Of what isn't compared, the ARN alone is a label.
      if (document.includes('"arn":')) this.#labels.write(resource.id, parseJson(document) as unknown as Resource)
      this.#hasRefreshed = true
      this.#announcements?.resource(resource.id)
    }
    this.#cache.put(id.idLo, id.idHi, hashes.rawLo, hashes.rawHi, resource.id)
  }

  get waitingAttributions(): number {
    return this.#attributions.waiting
  }
  knowsEvent(scope: ScopeState, name: string, eventId: string): boolean {
    return this.#attributions.knows(scope.id, name, eventId)
  }
  attributableChanges(resource: ResourceState): Iterable<AttributableChange> {
    return this.#attributions.changesOf(resource.last)
  }
  awaitChange(scope: ScopeState, name: string, attributed: Attributed): number {
    const { number, dropped } = this.#attributions.add(scope.id, name, attributed, this.#nowMs)
    this.#announcements?.waiting({ ...attributed, scope: scope.scope, name, number, sinceMs: this.#nowMs })
    return dropped
  }
  takeWaiting(
    scope: ScopeState,
    name: string,
    window: readonly [number, number],
    manager: string | null,
  ): Attributed | null {
    const taken = this.#attributions.take(scope.id, name, window, manager)
    if (taken === null) return null
    this.#announcements?.waitingEnded(taken.number)
    return taken.attributed
  }
  dropWaiting(untilMs: number): number {
    return this.#attributions.dropUntil(untilMs)
  }

  attribute(scope: ScopeState, resource: ResourceState, change: AttributableChange, attributed: Attributed): void {
    const row: AttributionRow = {
      partition: this.#partition,
      offset: ++this.#head,
      op: 'a',
      resource: resource.id,
      of: change.offset,
      version: change.version,
      recordedAtMs: this.#nowMs,
      occurredAt: new Date(attributed.occurredAtMs).toISOString(),
      actor: JSON.stringify(attributed.actor),
      event: JSON.stringify(attributed.event),
      header: change.header,
      scope: scope.scope,
      name: resource.name,
    }
    this.#attributions.insert(row, scope.id, () => this.#nextResource++)
    this.#activity.recorded('a', (JSON.parse(change.header) as Resource).provider, this.#nowMs)
    this.#bytesWritten += row.actor.length + row.event.length
    this.#retention.recorded(attributionBytes, 0)
    this.#announcements?.attribution(row)
    this.#writtenRows?.add(row)
  }

  beginScan(scope: ScopeState, scan: string, observedAtMs: number): void {
    if (scope.scan !== null) this.#progress.forget(scope)
    scope.scan = scan
    scope.scanFrom = this.#inputFrom
    this.#announcements?.scope(scope)
    scope.epoch = this.#nextEpoch++
    scope.seen = 0
    scope.seenUnderScan = 0
    scope.seenFromBefore = 0
    scope.liveAtBegin = scope.live
    scope.headAtBegin = this.#head
    scope.outdatedScan = null
    scope.isForgotten = false
    scope.lastAttemptAtMs = observedAtMs
    this.#scopes.touch(scope)
  }

  restartScan(scope: ScopeState): void {
    this.#progress.forget(scope)
    scope.epoch = this.#nextEpoch++
    scope.seen = 0
    scope.seenUnderScan = 0
    scope.seenFromBefore = 0
    this.#scopes.touch(scope)
  }

  abandonScan(scope: ScopeState): void {
    this.#progress.forget(scope)
    scope.scan = null
    scope.scanFrom = null
    scope.seen = 0
    scope.seenUnderScan = 0
    this.#announcements?.scope(scope)
    this.#scopes.touch(scope)
  }

  passOver(scope: ScopeState, scan: string | null): void {
    if (scope.outdatedScan === scan) return
    scope.outdatedScan = scan
    this.#scopes.touch(scope)
  }

  remember(scope: ScopeState, resource: ResourceState, underScan: boolean): void {
    this.mark(scope, resource.id, underScan, this.#wasLiveAtBegin(scope, resource))
    if (resource.condition === 'deleted') this.#progress.unmark(scope, resource.id)
  }

  /**
   * By the first change since the open scan began. Where retention has dropped that change the answer is no: the guard then
   * holds too much rather than too little.
   */
  #wasLiveAtBegin({ headAtBegin }: ScopeState, { last, condition }: ResourceState): boolean {
    if (headAtBegin === null) return false
    if (last <= headAtBegin) return condition !== 'deleted'
    for (let offset = last; ; ) {
      const change = this.#sql.step.get(offset)
      if (change === undefined) return false
      if (Number(change.prev) <= headAtBegin) return change.op === 'u' || change.op === 'd'
      offset = Number(change.prev)
    }
  }

  openScans(): ScopeState[] {
    return this.#scopes.withOpenScan()
  }

  endScan(scope: ScopeState, result: ScanResult): void {
    this.#progress.forget(scope)
    const { scan, lastAttemptAtMs: beganAtMs } = scope
    if (scan !== null) this.#scopes.setEnded(scope, { scan, beganAtMs, endedAtMs: result.saidAtMs })
    scope.scan = null
    scope.scanFrom = null
    this.#announcements?.scope(scope)
    scope.seen = 0
    scope.seenUnderScan = 0
    scope.lastAttemptAtMs = result.endedAtMs
    scope.failed = !result.complete
    scope.goneSinceMs = !result.complete && saysGone(result.errors) ? (scope.goneSinceMs ?? this.#nowMs) : null
    if (result.complete) {
      scope.hadComplete = true
      scope.lastCompleteAtMs = result.endedAtMs
      scope.confirmedAtMs = result.endedAtMs
      scope.completedAtMs = this.#nowMs
    }
    this.#scopes.touch(scope)
    this.#scopes.recordResult(scope, result)
  }

  unseen(scope: ScopeState): { fresh: Uint32Array; held: Uint32Array } {
    return this.#progress.unseen(scope)
  }

  liveResources(scope: ScopeState): Uint32Array {
    const live: number[] = []
    for (const row of this.#sql.liveOfScope.iterate(scope.id)) live.push(Number(row.id))
    return Uint32Array.from(live)
  }

  forgetScope(scope: ScopeState): void {
    this.#progress.forget(scope)
    this.#scopes.forget(scope)
    this.#announcements?.scope(scope)
  }

  heldResources(scope: ScopeState): Uint32Array {
    const held: number[] = []
    for (const row of this.#sql.heldOfScope.iterate(scope.id)) held.push(Number(row.id))
    return Uint32Array.from(held)
  }

  setHeld(scope: ScopeState, resource: number, held: boolean): void {
    this.#sql.setState.run(held ? resourceState.held : resourceState.live, resource)
    scope.held += held ? 1 : -1
    this.#announcements?.resource(resource)
    this.#scopes.touch(scope)
  }

  deadLetter(reason: DeadLetterReason, detail: string, source: string, preview: string): void {
    this.#sql.insertDeadLetter.run(this.#nowMs, detail === '' ? reason : `${reason}: ${detail}`, source, preview)
    this.#deadLettersWritten++
  }

  forget(id: IdHash): void {
    this.#cache.delete(id.idLo, id.idHi)
  }

  /** What this producer has committed here last. */
  producer(id: string): { epoch: number; seq: number; part: number } | null {
    const row = this.#sql.producer.get(id)
    return row === undefined ? null : { epoch: Number(row.epoch), seq: Number(row.seq), part: Number(row.part) }
  }

  setProducer({ id, epoch, seq, part }: { id: string; epoch: number; seq: number; part: number }, nowMs: number): void {
    this.#sql.setProducer.run(id, epoch, seq, part, nowMs)
  }

  /**
   * One step of retention; changes recorded after `notAfterMs` are kept, unless there are too many bytes, and what is pinned even then.
   * @returns whether another step would drop more
   */
  expire(notAfterMs: number, maxBytes: number, pins?: HistoryPins): boolean {
    this.#activity.trim(this.#nowMs)
    const pinned = (floor: number) => pins?.lowest(this.#partition, floor) ?? Number.POSITIVE_INFINITY
    return this.#retention.step(this.#head, notAfterMs, maxBytes, pinned)
  }

  /** After a failure the file is left as it is, and the mark too: what is in memory may be ahead of the disk. */
  [Symbol.dispose](): void {
    try {
      if (!this.#hasFailed) {
        this.#mark?.stoppedAt(this.#head)
        this.#file.checkpoint()
      }
    } finally {
      this.#mark?.[Symbol.dispose]()
      this.#file[Symbol.dispose]()
    }
  }

  #openMark(path: string): ReachedMark {
    try {
      return new ReachedMark(path, this.#head)
    } catch (error) {
      this.#file[Symbol.dispose]()
      throw error
    }
  }

  #account(scope: ScopeState, resource: number, was: ResourceState['condition'], live: boolean): void {
    // Of most changes a scope's row says no more than that there was one.
    if (was === 'live' && live && !scope.isForgotten) {
      this.#scopes.touchLastChange(scope)
      return
    }
    if (live) scope.isForgotten = false
    if (was === 'deleted' && live) scope.live++
    if (was !== 'deleted' && !live) {
      scope.live--
      this.#progress.unmark(scope, resource)
    }
    if (was === 'held') scope.held--
    this.#scopes.touch(scope)
  }

  /** 0 for one that isn't live. */
  #classNumberOf({ scope }: ScopeState, resource: ResourceState): number {
    if (resource.classNumber !== 0 || resource.condition === 'deleted') return resource.classNumber
    // An earlier vaino has written the row without it.
    return this.#classes.of(parseJson(this.document(resource)) as unknown as Resource, scope).number
  }

  #flush(): void {
    this.#facets.flush()
    this.#labels.flush()
    this.#activity.flush()
    if (this.#countedHead !== this.#head) {
      noteCounted(this.meta, this.#labels, this.#head)
      this.#countedHead = this.#head
    }
    this.#bytesWritten += this.#progress.flush()
    this.#scopes.flush()
    this.#retention.flush()
    if (this.#deadLettersWritten > 0) {
      this.#sql.trimDeadLetters.run(this.#maxDeadLetters)
      this.#deadLettersWritten = 0
    }
    this.#lastRecordedAtMs = this.#nowMs
  }
}
