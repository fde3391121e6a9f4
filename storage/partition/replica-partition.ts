// Long because everything that another node may publish ends in the same few statements and counts.
import { canonicalHash } from '../../model/canonical.ts'
import { VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import type { EndedScan, ResourceState, ScopeState } from '../../model/partition-state.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import { insertChange } from '../change-row.ts'
import { movesSinceName } from '../class-moves.ts'
import type {
  ReplicaAttribution,
  ReplicaChange,
  ReplicaDeletion,
  ReplicaRemoval,
  ReplicaScope,
  ReplicaState,
  WaitingAttribution,
} from '../replica.ts'
import { ActivityCounters } from './activity-counters.ts'
import { AttributionTable } from './attribution-table.ts'
import { ClassTable } from './class-table.ts'
import { countAnew, noteCounted } from './count-anew.ts'
import { FacetCounters } from './facet-counters.ts'
import { LabelTable } from './label-table.ts'
import { PartitionFile, type PartitionFileSettings } from './partition-file.ts'
import { noHashes, packHashes, readResource } from './resource-row.ts'
import { attributionBytes, historyBytes, Retention } from './retention.ts'
import { resourceState } from './schema.ts'
import { ScopeTable } from './scope-table.ts'
import { prepareStatements, type Statements } from './statements.ts'

/**
 * The writing side of a partition that another node owns: it records what that node has recorded, number for number.
 * Everything may come twice; what came already is passed over.
 */
export class ReplicaPartition implements Disposable {
  readonly #file: PartitionFile
  readonly #sql: Statements
  readonly #scopes: ScopeTable
  readonly #retention: Retention
  readonly #attributions: AttributionTable
  readonly #classes: ClassTable
  readonly #facets: FacetCounters
  readonly #activity: ActivityCounters
  readonly #labels: LabelTable
  readonly #hash = new Uint32Array(2)
  #head: number
  #nextResource: number
  #nextEpoch: number
  #needsFloor = false
  #isRebuilding = false

  constructor(settings: PartitionFileSettings, owner: string) {
    this.#file = new PartitionFile(settings, owner)
    const { db, meta } = this.#file
    this.#sql = prepareStatements(db)
    this.#scopes = new ScopeTable(db)
    this.#retention = new Retention(meta, this.#sql)
    this.#attributions = new AttributionTable(db, this.#sql)
    this.#head = Math.max(Number(this.#sql.lastChange.get()?.offset ?? 0), meta.number('head', 0))
    this.#classes = new ClassTable(db)
    this.#facets = new FacetCounters(db)
    this.#activity = new ActivityCounters(db)
    this.#labels = new LabelTable(db)
    countAnew(db, meta, { classes: this.#classes, facets: this.#facets, labels: this.#labels }, this.#head)
    this.#nextResource = Number(this.#sql.nextResource.get()?.n)
    this.#nextEpoch = Number(this.#sql.nextEpoch.get()?.n)
    // Before changes come: states that were published with older ones must still be read.
    if (meta.get('states_next') === null && meta.get('states_since') === null) {
      meta.set('states_since', this.lastRecordedAtMs)
    }
  }

  get head(): number {
    return this.#head
  }
  /** When the last change was recorded; 0 for none. */
  get lastRecordedAtMs(): number {
    return Math.max(this.#lastChangeAtMs, this.#file.meta.number('floor_at', 0))
  }
  /** No change comes with this time or an earlier one: times of changes never go back, and several changes may have the last one's. */
  get settledThroughMs(): number {
    return Math.max(0, this.#lastChangeAtMs - 1, this.#file.meta.number('floor_at', 0))
  }
  get #lastChangeAtMs(): number {
    return Number(this.#sql.lastChange.get()?.recorded_at ?? 0)
  }

  /** Where the reading of states goes on: an offset, or, where none was read since this node owned the partition, a time. */
  get statesFrom(): { readonly offset: number } | { readonly timeMs: number } {
    const offset = this.#file.meta.get('states_next')
    return offset === null ? { timeMs: this.#file.meta.number('states_since', 0) } : { offset: Number(offset) }
  }
  statesReadTo(offset: number): void {
    this.#file.meta.set('states_next', offset)
  }

  /** Between {@link beginRebuild} and {@link endRebuild}; disposing then leaves the file as it was before. */
  get isRebuilding(): boolean {
    return this.#isRebuilding
  }

  transaction<T>(work: () => T): T {
    if (!this.#isRebuilding) this.#file.begin()
    try {
      const result = work()
      this.#flush()
      if (!this.#isRebuilding) this.#file.commit()
      return result
    } catch (error) {
      this.#file.rollback()
      throw error
    }
  }

  /**
   * Forgets everything: what follows is a rebuild from the current states. All of it is one transaction, so that readers have
   * the file as it was until it is whole, and a crash leaves no half of it.
   */
  beginRebuild(): void {
    this.#file.begin()
    this.#isRebuilding = true
    this.#file.db.exec(
      `DELETE FROM changes; DELETE FROM resources; DELETE FROM refreshed; DELETE FROM scopes; DELETE FROM ended_scans;
         DELETE FROM seen`,
    )
    this.#file.db.exec(
      `DELETE FROM meta WHERE name IN
         ('head', 'floor', 'floor_at', 'history_octets', 'input', 'kafka_input', 'published_input', 'told_input', 'states_next', 'states_since')`,
    )
    this.#scopes.clear()
    this.#attributions.clear()
    this.#facets.clear()
    this.#classes.clear()
    this.#activity.clear()
    this.#labels.clear()
    this.#retention.reset(0, 0)
    this.#head = 0
    this.#nextResource = 1
    this.#needsFloor = true
  }

  /**
   * The first change that a rebuild hears of: what is before it is kept no more.
   * Where none comes, {@link endRebuild} says so of all.
   */
  beginHistory({ offset, recordedAtMs }: Pick<ReplicaChange, 'offset' | 'recordedAtMs'>): void {
    if (!this.#needsFloor) return
    this.#retention.reset(offset - 1, recordedAtMs - 1)
    // Records of an older vaino may not name the last changes before them if these were deletes.
    this.#head = Math.max(this.#head, offset - 1)
    this.#needsFloor = false
  }

  endRebuild(nowMs: number): void {
    this.beginHistory({ offset: this.#head + 1, recordedAtMs: nowMs })
    this.#file.meta.set('head', this.#head)
    this.#file.meta.set(movesSinceName, this.#head)
    this.#flush()
    this.#file.commit()
    this.#isRebuilding = false
  }

  /** One step of retention, as its owner does it, unless it is being rebuilt. @returns whether another step would drop more */
  expire(
    nowMs: number,
    { ageMs, bytes }: { readonly ageMs: number; readonly bytes: number },
    pinned: (floor: number) => number,
  ): boolean {
    if (this.#isRebuilding) return false
    return this.transaction(() => {
      this.#activity.trim(nowMs)
      return this.#retention.step(this.#head, nowMs - ageMs, bytes, pinned)
    })
  }

  /** @throws VainoError `replica_gap` when a change before this one has not come: the file must be rebuilt */
  change(change: ReplicaChange): void {
    this.#refuseGap(change.offset)
    const isOld = change.offset <= this.#head
    const scope = this.#scopes.get(change.scope)
    const current = this.#find(scope, change.name)
    if (isOld) {
      if (change.offset > this.#retention.floor) this.#fill(change, scope, current)
      return
    }
    const resource = current?.id ?? this.#nextResource++
    this.#insert(change, resource)
    this.#head = change.offset
    const state = change.op === 'd' ? resourceState.deleted : resourceState.live
    const uid = change.op === 'u' ? (current?.uid ?? null) : null
    this.#write(scope, resource, current, {
      ...change,
      last: change.offset,
      entry: change.offset,
      state,
      document: change.after,
      uid,
    })
    this.#retention.recorded(bytesOf(change), current?.last ?? 0)
    this.#sql.dropRefreshed.run(resource)
  }

  /** As {@link change}, of an entry that says who made one. */
  attribution(entry: ReplicaAttribution): void {
    this.#refuseGap(entry.offset)
    const isOld = entry.offset <= this.#head
    if (isOld && entry.offset <= this.#retention.floor) return
    const scope = this.#scopes.get(entry.scope)
    const current = this.#find(scope, entry.name)
    const resource = current?.id ?? this.#nextResource++
    if (current === null) {
      // It is deleted by now, or its state would have been published.
      const times = { recordedAtMs: entry.recordedAtMs, observedAtMs: entry.recordedAtMs }
      const row = { ...times, name: entry.name, version: entry.version, last: entry.of, document: null, uid: null }
      this.#write(scope, resource, null, { ...row, state: resourceState.deleted })
    }
    const isNew = this.#attributions.insert({ ...entry, resource }, scope.id, () => this.#nextResource++)
    if (isNew) {
      this.#retention.recorded(attributionBytes, 0)
      this.#activity.recorded('a', providerIn(entry.header), entry.recordedAtMs)
    }
    this.#head = Math.max(this.#head, entry.offset)
  }

  /** Who made a change that hasn't come yet; if this node owns the partition by then, the change finds it. */
  waiting(attribution: WaitingAttribution): void {
    this.#attributions.restore(this.#scopes.get(attribution.scope).id, attribution)
  }

  waitingEnded(number: number): void {
    this.#attributions.drop(number)
  }

  /** What a resource was before a change that doesn't say so; null where that is kept no more. */
  documentBefore({ scope, name, prev }: Pick<ReplicaChange, 'scope' | 'name' | 'prev'>): string | null {
    const current = this.#find(this.#scopes.get(scope), name)
    // A document that was refreshed since its change stands beside the log; any other is that change's.
    const row = this.#sql.document.get(current?.last === prev ? current.id : 0, prev)
    return typeof row?.document === 'string' ? row.document : null
  }

  /**
   * Outside a rebuild, changes go before what they lead to: this must not be called before {@link head} has reached the
   * state's last change.
   */
  state(state: ReplicaState): void {
    const scope = this.#scopes.get(state.scope)
    const current = this.#find(scope, state.name)
    // By the log's numbers: versions began at 1 again wherever a delete was forgotten.
    if (current !== null && current.last > state.last) return
    if (current === null || current.last < state.last) {
      if (!this.#isRebuilding) {
        const what = `version ${state.version} of a resource in ${state.scope}`
        throw new VainoError(
          'replica_gap',
          `${what} is published, and this file has version ${current?.version ?? 'none'}`,
        )
      }
      const resource = current?.id ?? this.#nextResource++
      const code = state.held ? resourceState.held : resourceState.live
      const { firstSeenMs, changedAtMs, observedAtMs, version, last, name, document, uid } = state
      const row = { name, version, last, recordedAtMs: changedAtMs, observedAtMs, state: code, document, uid }
      this.#write(scope, resource, current, row, firstSeenMs)
      this.#sql.refresh.run(resource, document, observedAtMs)
      this.#head = Math.max(this.#head, last)
      return
    }
    if (current.condition === 'deleted') return
    const isRefreshed = this.#sql.document.get(current.id, current.last)?.document !== state.document
    if (isRefreshed) this.#sql.refresh.run(current.id, state.document, state.observedAtMs)
    // An identity may have been stated and left out again: the document is what it was, and who it is, is known now.
    if (isRefreshed || current.uid !== state.uid) {
      const { hashes, uid, classNumber } = this.#identify(scope, current.id, state, null)
      this.#facets.moved(scope.id, this.#classNumberOf(scope, current), classNumber, null)
      this.#sql.confirm.run(hashes, uid, state.observedAtMs, current.id)
    }
    if ((current.condition === 'held') !== state.held) {
      this.#sql.setState.run(state.held ? resourceState.held : resourceState.live, current.id)
      scope.held += state.held ? 1 : -1
      this.#scopes.touch(scope)
    }
  }

  /**
   * A resource is there no more. Outside a rebuild its change has said so; in one the change may be kept no more, and this is all
   * that tells: versions go on behind the delete's.
   */
  deleted(deletion: ReplicaDeletion): void {
    if (!this.#isRebuilding) return
    const scope = this.#scopes.get(deletion.scope)
    const current = this.#find(scope, deletion.name)
    if (current !== null && current.last >= deletion.last) return
    const resource = current?.id ?? this.#nextResource++
    const { name, version, last, firstSeenMs, changedAtMs: recordedAtMs, observedAtMs } = deletion
    const row = { name, version, last, recordedAtMs, observedAtMs, document: null, uid: null }
    this.#write(scope, resource, current, { ...row, state: resourceState.deleted }, firstSeenMs)
    this.#sql.dropRefreshed.run(resource)
    this.#head = Math.max(this.#head, last)
  }

  /** The same, where nothing is said of the delete: it is taken for the change after the last one that is known. */
  removed({ scope: name, name: id }: ReplicaRemoval): void {
    if (!this.#isRebuilding) return
    const scope = this.#scopes.get(name)
    const current = this.#find(scope, id)
    if (current === null || current.condition === 'deleted') return
    const { last, version, changedAtMs: recordedAtMs, observedAtMs } = current
    const row = { name: id, last, version: version + 1, recordedAtMs, observedAtMs, document: null, uid: null }
    this.#write(scope, current.id, current, { ...row, state: resourceState.deleted })
    this.#sql.dropRefreshed.run(current.id)
  }

  /** As for {@link state}, {@link head} must have reached what was the owner's when it said this. */
  scope(published: ReplicaScope): void {
    const scope = this.#scopes.get(published.scope)
    if (published.scan !== scope.scan || published.scanFrom !== scope.scanFrom) {
      scope.epoch = this.#nextEpoch++
      scope.seen = 0
      scope.seenUnderScan = 0
      scope.seenFromBefore = 0
      scope.outdatedScan = null
      this.#sql.dropSeen.run(scope.id)
      // Whoever owns the partition next has to learn from the input what the scan has seen.
      this.#file.meta.delete('kafka_input')
    }
    const { scan, scanFrom, hadComplete, lastAttemptAtMs, lastCompleteAtMs, confirmedAtMs, failed } = published
    Object.assign(scope, { scan, scanFrom, hadComplete, lastAttemptAtMs, lastCompleteAtMs, confirmedAtMs, failed })
    const { liveAtBegin, headAtBegin, completedAtMs, goneSinceMs } = published
    Object.assign(scope, { liveAtBegin, headAtBegin, completedAtMs, goneSinceMs })
    this.#scopes.touch(scope)
    this.#scopes.recordResult(scope, published)
    if (published.ended !== null && !isSame(published.ended, scope.ended)) this.#scopes.setEnded(scope, published.ended)
    scope.isForgotten = false
    this.reached(published)
  }

  /** How far the owner had come, as for {@link scope}. */
  reached({ head, input }: Pick<ReplicaScope, 'head' | 'input'>): void {
    const { meta } = this.#file
    if (input !== null && input > meta.number('published_input', 0)) meta.set('published_input', input)
    if (this.#isRebuilding) this.#head = Math.max(this.#head, head)
  }

  /** An operator has forgotten a scope: its resources' deletes have been said, or are kept no more. */
  forgotten(name: Scope): void {
    const scope = this.#scopes.find(name)
    if (scope === null) return
    this.#sql.dropSeen.run(scope.id)
    this.#scopes.forget(scope)
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]()
  }

  #refuseGap(offset: number): void {
    if (offset <= this.#head + 1) return
    throw new VainoError('replica_gap', `change ${offset} follows ${this.#head}: what is between is kept no more`)
  }

  #flush(): void {
    this.#facets.flush()
    this.#labels.flush()
    this.#activity.flush()
    noteCounted(this.#file.meta, this.#labels, this.#head)
    this.#scopes.flush()
    this.#retention.flush()
  }

  #find(scope: ScopeState, name: string): ResourceState | null {
    const row = this.#sql.find.get(scope.id, name)
    return row === undefined ? null : readResource(row)
  }

  /** A change from before a rebuild: it takes its place in the log, and the resource stays as it is. */
  #fill(change: ReplicaChange, scope: ScopeState, current: ResourceState | null): void {
    let resource = current?.id
    if (resource === undefined) {
      // It is deleted by now, or its state would have been published.
      resource = this.#nextResource++
      const row = { ...change, last: change.offset, state: resourceState.deleted, document: null, uid: null }
      this.#write(scope, resource, null, row)
    } else if (current?.condition === 'deleted' && change.offset > current.last) {
      const row = { ...change, last: change.offset, state: resourceState.deleted, document: null, uid: null }
      this.#write(scope, resource, current, row)
    }
    if (this.#insert(change, resource)) this.#retention.recorded(bytesOf(change), 0)
  }

  /** @returns false where the log has it already */
  #insert(change: ReplicaChange, resource: number): boolean {
    const { changes } = insertChange(this.#sql.insertReplica, { ...change, resource })
    if (Number(changes) === 0) return false
    this.#activity.recorded(change.op, providerIn(change.header), change.recordedAtMs)
    return true
  }

  #write(
    scope: ScopeState,
    resource: number,
    current: ResourceState | null,
    row: Pick<ReplicaChange, 'name' | 'version' | 'recordedAtMs' | 'observedAtMs'> & {
      readonly last: number
      readonly state: number
      readonly document: string | null
      /** What it is known by where the document doesn't say. */
      readonly uid: string | null
      /** The offset of the log's new entry that says so; absent: no new one does. */
      readonly entry?: number
    },
    firstSeenMs = row.recordedAtMs,
  ): void {
    const { hashes, uid, classNumber } = this.#identify(scope, resource, row, row.entry ?? null)
    const formerClass = current === null ? 0 : this.#classNumberOf(scope, current)
    this.#facets.moved(scope.id, formerClass, classNumber, row.entry ?? null)
    const { name, last, version, state, recordedAtMs, observedAtMs } = row
    if (current === null) {
      const times = [firstSeenMs, recordedAtMs, observedAtMs] as const
      this.#sql.insertResource.run(resource, scope.id, name, last, version, state, hashes, uid, ...times)
    } else this.#sql.updateResource.run(last, version, state, hashes, uid, recordedAtMs, observedAtMs, resource)
    if (last > scope.lastChange) {
      scope.lastChange = last
      scope.lastChangeAtMs = recordedAtMs
    }
    const was = current?.condition ?? 'deleted'
    if (state !== resourceState.deleted) scope.isForgotten = false
    scope.live += Number(state !== resourceState.deleted) - Number(was !== 'deleted')
    scope.held += Number(state === resourceState.held) - Number(was === 'held')
    this.#scopes.touch(scope)
  }

  /** The bytes as they came are not known here; the first observation after a take-over compares by content. */
  #identify(
    { scope }: ScopeState,
    id: number,
    { document, uid: knownUid }: { readonly document: string | null; readonly uid: string | null },
    entry: number | null,
  ) {
    if (document === null) {
      this.#labels.drop(id, entry)
      return { hashes: packHashes(noHashes, 0), uid: null, classNumber: 0 }
    }
    const resource = parseJson(document) as unknown as Resource
    canonicalHash(resource, this.#hash)
    this.#labels.write(id, resource, entry)
    const [canonicalLo = 0, canonicalHi = 0] = this.#hash
    const uid = typeof resource.uid === 'string' ? resource.uid : knownUid
    const { number: classNumber } = this.#classes.of(resource, scope)
    return { hashes: packHashes({ ...noHashes, canonicalLo, canonicalHi }, classNumber), uid, classNumber }
  }

  /** 0 for one that isn't live. */
  #classNumberOf({ scope }: ScopeState, { id, last, condition, classNumber }: ResourceState): number {
    if (classNumber !== 0 || condition === 'deleted') return classNumber
    // An earlier vaino has written the row without it.
    const document = this.#sql.document.get(id, last)?.document
    if (typeof document !== 'string') return 0
    return this.#classes.of(parseJson(document) as unknown as Resource, scope).number
  }
}

const providerIn = (header: string): string => String((JSON.parse(header) as Partial<Resource>).provider ?? '')

const isSame = (a: EndedScan, b: EndedScan | null): boolean =>
  a.scan === b?.scan && a.beganAtMs === b.beganAtMs && a.endedAtMs === b.endedAtMs

const bytesOf = ({ fields, before, after }: ReplicaChange): number => historyBytes(fields, before, after)
