import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { VainoError } from '../../model/errors.ts'
import type {
  ChangeDraft,
  Confirmation,
  DeadLetterReason,
  Hashes,
  IdHash,
  PartitionState,
  ResourceState,
  ScanResult,
  ScopeState,
} from '../../model/partition-state.ts'
import { headerOf } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import { FingerprintCache } from './fingerprint-cache.ts'
import { Meta } from './meta.ts'
import { offsetAt } from './offset-at.ts'
import { formatVersion, resourceState, schema, writerPragmas } from './schema.ts'
import { ScopeTable } from './scope-table.ts'
import { MarkLog, SeenMarks, seenSinceBegin, seenUnderScan, unpackMarks } from './seen-marks.ts'

export interface PartitionSettings {
  readonly path: string
  readonly logId: string
  readonly partition: number
  /** Bound of the fingerprint cache, in entries of 20 bytes. */
  readonly maxFingerprints: number
  /** SQLite's page cache for this file. */
  readonly pageCacheKiB: number
  /** Dead letters kept; the oldest go. */
  readonly maxDeadLetters: number
}

type Row = Record<string, SQLOutputValue>
/** Changes looked at in one step of retention, so that a step stays in the milliseconds. */
const changesPerExpiry = 2_000
/** What a deleted resource has; its condition is looked at first. */
const noHashes: Hashes = { rawLo: 0, rawHi: 0, canonicalLo: 0, canonicalHi: 0 }
const conditions = ['deleted', 'live', 'held'] as const

/**
 * The writing side of one partition's file; exactly one owner has it open (checked in every transaction).
 *
 * What it keeps in memory is a bounded mirror of the file. After any failed transaction the mirror may be ahead of the
 * file, so the partition must be closed and opened anew.
 */
export class Partition implements PartitionState, Disposable {
  readonly #db: DatabaseSync
  readonly #meta: Meta
  readonly #scopes: ScopeTable
  readonly #marks = new SeenMarks()
  readonly #cache: FingerprintCache
  readonly #pendingMarks = new Map<ScopeState, MarkLog>()
  readonly #settings: PartitionSettings
  readonly #owner: string
  readonly #sql: ReturnType<typeof prepare>
  #head: number
  #floor: number
  #lastRecordedAtMs: number
  #nextResource: number
  #nextEpoch: number
  #nowMs = 0
  #deadLettersWritten = 0
  #lastCommitMs = 0
  #bytesWritten = 0

  constructor(settings: PartitionSettings, owner: string) {
    this.#settings = settings
    this.#owner = owner
    this.#db = new DatabaseSync(settings.path)
    this.#db.exec(writerPragmas(settings.pageCacheKiB))
    this.#db.exec(schema)
    this.#meta = new Meta(this.#db)
    this.#adopt()
    this.#sql = prepare(this.#db)
    this.#scopes = new ScopeTable(this.#db)
    this.#cache = new FingerprintCache(settings.maxFingerprints)
    const last = this.#db.prepare('SELECT offset, recorded_at FROM changes ORDER BY offset DESC LIMIT 1').get()
    this.#head = Math.max(Number(last?.offset ?? 0), this.#meta.number('head', 0))
    this.#lastRecordedAtMs = Number(last?.recorded_at ?? 0)
    this.#floor = this.#meta.number('floor', 0)
    this.#nextResource = Number(this.#db.prepare('SELECT coalesce(max(id), 0) + 1 n FROM resources').get()?.n)
    this.#nextEpoch = Number(this.#db.prepare('SELECT coalesce(max(epoch), 0) + 1 n FROM scopes').get()?.n)
    this.#restoreMarks()
  }

  get head(): number {
    return this.#head
  }
  get floor(): number {
    return this.#floor
  }
  get cache(): { readonly hits: number; readonly misses: number; readonly bytes: number } {
    return this.#cache
  }
  get meta(): Meta {
    return this.#meta
  }
  /** Bytes of documents, fields and marks written since the last call. */
  takeBytesWritten(): number {
    const bytes = this.#bytesWritten
    this.#bytesWritten = 0
    return bytes
  }
  /** How long the last `COMMIT` took: the write and the fsync. */
  get lastCommitMs(): number {
    return this.#lastCommitMs
  }

  /** Runs `work` in one transaction, stamped with one time that never goes back. The commit is fsynced when this returns. */
  transaction<T>(nowMs: number, work: () => T): T {
    this.#nowMs = Math.max(nowMs, this.#lastRecordedAtMs)
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      if (this.#meta.get('owner') !== this.#owner) {
        throw new VainoError('storage_failed', `partition ${this.#settings.partition} was taken over by another owner`)
      }
      const result = work()
      this.#flush()
      const startedAt = performance.now()
      this.#db.exec('COMMIT')
      this.#lastCommitMs = performance.now() - startedAt
      return result
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
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
    if (scope.scan !== null) this.mark(scope, resource, underScan)
    return true
  }

  find(scope: ScopeState, name: string): ResourceState | null {
    const row = this.#sql.find.get(scope.id, name) as Row | undefined
    return row === undefined ? null : toResource(row)
  }

  resourceById(id: number): ResourceState | null {
    const row = this.#sql.byId.get(id) as Row | undefined
    return row === undefined ? null : toResource(row)
  }

  document(resource: ResourceState): string {
    const row = this.#sql.document.get(resource.id, resource.last)
    const text = row?.document
    if (typeof text !== 'string') {
      throw new VainoError('storage_failed', `the current document of resource ${resource.id} is missing from the log`)
    }
    return text
  }

  mark(scope: ScopeState, resource: number, underScan: boolean): void {
    if (scope.scan === null) return
    const before = this.#marks.get(resource, scope.epoch)
    const bits = before | seenSinceBegin | (underScan ? seenUnderScan : 0)
    if (bits === before) return
    if ((before & seenSinceBegin) === 0) scope.seen++
    if ((bits & seenUnderScan) > (before & seenUnderScan)) scope.seenUnderScan++
    this.#setMark(scope, resource, bits)
  }

  record(scope: ScopeState, draft: ChangeDraft, id: IdHash | null): ResourceState {
    const current = draft.current
    const resource = current?.id ?? this.#nextResource++
    const offset = ++this.#head
    const now = this.#nowMs
    const version = (current?.version ?? 0) + 1
    const { envelope } = draft
    const fields = JSON.stringify(draft.fields)
    this.#bytesWritten += (draft.before?.length ?? 0) + (draft.after?.length ?? 0) + fields.length
    this.#sql.insertChange.run(
      offset,
      resource,
      current?.last ?? 0,
      current?.changedAtMs ?? 0,
      draft.op,
      version,
      now,
      envelope.observedAtMs,
      envelope.scan,
      draft.reason,
      envelope.occurredAt,
      envelope.actor === null ? null : JSON.stringify(envelope.actor),
      JSON.stringify(headerOf(draft.header)),
      fields,
      draft.before,
      draft.after,
    )
    const live = draft.op !== 'd'
    const state = live ? resourceState.live : resourceState.deleted
    const hashes = hashBlob(draft.hashes ?? noHashes)
    if (current === null) {
      this.#sql.insertResource.run(
        resource,
        scope.id,
        draft.resourceName,
        offset,
        version,
        state,
        hashes,
        draft.uid,
        now,
        now,
        envelope.observedAtMs,
      )
    } else {
      this.#sql.updateResource.run(offset, version, state, hashes, draft.uid, now, envelope.observedAtMs, resource)
      this.#sql.dropRefreshed.run(resource)
      // Below the floor only latest values are kept, and this one isn't the latest any more.
      if (current.last <= this.#floor) this.#sql.dropChange.run(current.last)
    }
    this.#account(scope, resource, current?.condition ?? 'deleted', live)
    if (live && id && draft.hashes) {
      this.#cache.put(id.idLo, id.idHi, draft.hashes.rawLo, draft.hashes.rawHi, resource)
    } else if (id) this.#cache.delete(id.idLo, id.idHi)
    return {
      id: resource,
      name: draft.resourceName,
      last: offset,
      version,
      condition: live ? 'live' : 'deleted',
      uid: draft.uid,
      changedAtMs: now,
      observedAtMs: envelope.observedAtMs,
      hashes: draft.hashes ?? noHashes,
    }
  }

  confirm(scope: ScopeState, resource: ResourceState, id: IdHash, confirmation: Confirmation): void {
    const { hashes, uid, observedAtMs, document } = confirmation
    if (resource.condition === 'held') this.setHeld(scope, resource.id, false)
    // A cold cache asks again about what the row knows already: nothing to write then.
    if (hashes !== resource.hashes) this.#sql.confirm.run(hashBlob(hashes), uid, observedAtMs, resource.id)
    if (document !== null) {
      this.#bytesWritten += document.length
      this.#sql.refresh.run(resource.id, document, observedAtMs)
    }
    this.#cache.put(id.idLo, id.idHi, hashes.rawLo, hashes.rawHi, resource.id)
  }

  beginScan(scope: ScopeState, scan: string, observedAtMs: number): void {
    if (scope.scan !== null) this.#dropMarks(scope)
    scope.scan = scan
    scope.epoch = this.#nextEpoch++
    scope.seen = 0
    scope.seenUnderScan = 0
    scope.lastAttemptAtMs = observedAtMs
    this.#scopes.touch(scope)
  }

  endScan(scope: ScopeState, result: ScanResult): void {
    this.#dropMarks(scope)
    scope.scan = null
    scope.seen = 0
    scope.seenUnderScan = 0
    scope.lastAttemptAtMs = result.endedAtMs
    scope.failed = !result.complete
    if (result.complete) {
      scope.hadComplete = true
      scope.lastCompleteAtMs = result.endedAtMs
      scope.confirmedAtMs = result.endedAtMs
    }
    this.#scopes.touch(scope)
    this.#scopes.recordResult(scope, result)
  }

  unseen(scope: ScopeState): { fresh: Uint32Array; held: Uint32Array } {
    const fresh: number[] = []
    const held: number[] = []
    if (scope.live > scope.seen) {
      for (const row of this.#sql.liveOfScope.iterate(scope.id)) {
        const resource = Number(row.id)
        if ((this.#marks.get(resource, scope.epoch) & seenSinceBegin) !== 0) continue
        if (row.state === resourceState.held) held.push(resource)
        else fresh.push(resource)
      }
    }
    return { fresh: Uint32Array.from(fresh), held: Uint32Array.from(held) }
  }

  heldResources(scope: ScopeState): Uint32Array {
    return Uint32Array.from(this.#sql.heldOfScope.all(scope.id).map((row) => Number(row.id)))
  }

  setHeld(scope: ScopeState, resource: number, held: boolean): void {
    this.#sql.setState.run(held ? resourceState.held : resourceState.live, resource)
    scope.held += held ? 1 : -1
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
   * One step of retention: moves the floor up past changes that are too old, or while the file is too large, and drops
   * them, but for each live resource's latest.
   * @returns whether another step would drop more
   */
  expire(ageMs: number, maxBytes: number): boolean {
    const byAge = offsetAt(this.#db, this.#floor, this.#head, this.#nowMs - ageMs)
    const wanted = this.#usedBytes() > maxBytes ? this.#head : byAge
    const through = Math.min(wanted, this.#floor + changesPerExpiry)
    if (through <= this.#floor) return false
    this.#sql.dropHistory.run(this.#floor, through)
    this.#floor = through
    this.#meta.set('floor', through)
    // The newest change may just have been dropped (a delete): its offset must never be given again.
    this.#meta.set('head', this.#head)
    return through < wanted
  }

  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #usedBytes(): number {
    const row = this.#sql.usedBytes.get()
    return Number(row?.bytes)
  }

  #adopt(): void {
    const { logId, partition } = this.#settings
    const found = this.#meta.get('identity')
    const identity = JSON.stringify({ format: formatVersion, logId, partition })
    if (found !== null && found !== identity) {
      throw new VainoError('storage_failed', `${this.#settings.path} holds ${found}, not ${identity}`, {
        hint: 'The file belongs to another data directory or another version of vaino; restore it or use a new directory.',
      })
    }
    this.#db.exec('BEGIN IMMEDIATE')
    this.#meta.set('identity', identity)
    this.#meta.set('owner', this.#owner)
    this.#db.exec('COMMIT')
  }

  #restoreMarks(): void {
    const rows = this.#db.prepare(
      'SELECT seen.marks, scopes.epoch FROM seen JOIN scopes ON scopes.id = seen.scope ORDER BY seen.id',
    )
    for (const row of rows.iterate()) {
      for (const { resource, bits } of unpackMarks(row.marks as Uint8Array)) {
        this.#marks.set(resource, Number(row.epoch), bits)
      }
    }
  }

  #account(scope: ScopeState, resource: number, was: ResourceState['condition'], live: boolean): void {
    if (was === 'deleted' && live) scope.live++
    if (was !== 'deleted' && !live) {
      scope.live--
      this.#unmark(scope, resource)
    }
    if (was === 'held') scope.held--
    this.#scopes.touch(scope)
  }

  #unmark(scope: ScopeState, resource: number): void {
    if (scope.scan === null) return
    const bits = this.#marks.get(resource, scope.epoch)
    if ((bits & seenSinceBegin) === 0) return
    scope.seen--
    this.#setMark(scope, resource, bits & ~seenSinceBegin)
  }

  #setMark(scope: ScopeState, resource: number, bits: number): void {
    this.#marks.set(resource, scope.epoch, bits)
    let log = this.#pendingMarks.get(scope)
    if (log === undefined) {
      log = new MarkLog()
      this.#pendingMarks.set(scope, log)
      this.#scopes.touch(scope)
    }
    log.add(resource, bits)
  }

  #dropMarks(scope: ScopeState): void {
    this.#pendingMarks.delete(scope)
    this.#sql.dropSeen.run(scope.id)
  }

  #flush(): void {
    for (const [scope, log] of this.#pendingMarks) {
      const marks = log.bytes()
      this.#bytesWritten += marks.byteLength
      this.#sql.insertSeen.run(scope.id, marks)
    }
    this.#pendingMarks.clear()
    this.#scopes.flush()
    if (this.#deadLettersWritten > 0) {
      this.#sql.trimDeadLetters.run(this.#settings.maxDeadLetters)
      this.#deadLettersWritten = 0
    }
    this.#lastRecordedAtMs = this.#nowMs
  }
}

const toResource = (row: Row): ResourceState => {
  const hashes = row.hashes as Uint8Array
  const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength)
  return {
    id: Number(row.id),
    name: String(row.name),
    last: Number(row.last),
    version: Number(row.version),
    condition: conditions[Number(row.state)] ?? 'deleted',
    uid: row.uid == null ? null : String(row.uid),
    changedAtMs: Number(row.changed_at),
    observedAtMs: Number(row.observed_at),
    hashes: {
      rawLo: view.getUint32(0, true),
      rawHi: view.getUint32(4, true),
      canonicalLo: view.getUint32(8, true),
      canonicalHi: view.getUint32(12, true),
    },
  }
}

/** Raw then canonical, little-endian. */
function hashBlob(hashes: Hashes): Uint8Array {
  const view = new DataView(new ArrayBuffer(16))
  view.setUint32(0, hashes.rawLo, true)
  view.setUint32(4, hashes.rawHi, true)
  view.setUint32(8, hashes.canonicalLo, true)
  view.setUint32(12, hashes.canonicalHi, true)
  return new Uint8Array(view.buffer)
}

const prepare = (db: DatabaseSync): Record<keyof typeof statements, StatementSync> =>
  Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
    keyof typeof statements,
    StatementSync
  >

const statements = {
  find: 'SELECT id, name, last, version, state, hashes, uid, changed_at, observed_at FROM resources WHERE scope = ? AND name = ?',
  byId: 'SELECT id, name, last, version, state, hashes, uid, changed_at, observed_at FROM resources WHERE id = ?',
  document: `SELECT coalesce((SELECT document FROM refreshed WHERE resource = ?),
    (SELECT after FROM changes WHERE offset = ?)) AS document`,
  insertChange: 'INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  insertResource: 'INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  updateResource: `UPDATE resources SET last = ?, version = ?, state = ?, hashes = ?, uid = ?, changed_at = ?, observed_at = ?
    WHERE id = ?`,
  confirm: 'UPDATE resources SET hashes = ?, uid = ?, observed_at = ? WHERE id = ?',
  refresh: `INSERT INTO refreshed VALUES (?, ?, ?)
    ON CONFLICT (resource) DO UPDATE SET document = excluded.document, observed_at = excluded.observed_at`,
  dropRefreshed: 'DELETE FROM refreshed WHERE resource = ?',
  dropChange: 'DELETE FROM changes WHERE offset = ?',
  dropHistory: `DELETE FROM changes WHERE offset > ? AND offset <= ?
    AND NOT EXISTS (SELECT 1 FROM resources WHERE id = changes.resource AND last = changes.offset AND state > 0)`,
  setState: 'UPDATE resources SET state = ? WHERE id = ?',
  liveOfScope: 'SELECT id, state FROM resources INDEXED BY resources_by_name WHERE scope = ? AND state > 0',
  heldOfScope: 'SELECT id FROM resources WHERE scope = ? AND state = 2 ORDER BY name',
  insertSeen: 'INSERT INTO seen (scope, marks) VALUES (?, ?)',
  dropSeen: 'DELETE FROM seen WHERE scope = ?',
  producer: 'SELECT epoch, seq, part FROM producers WHERE producer = ?',
  setProducer: `INSERT INTO producers VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (producer) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, part = excluded.part, at = excluded.at`,
  usedBytes: `SELECT (page_count - freelist_count) * page_size AS bytes
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
  insertDeadLetter: 'INSERT INTO dead_letters (at, reason, source, preview) VALUES (?, ?, ?, ?)',
  trimDeadLetters: 'DELETE FROM dead_letters WHERE id <= (SELECT max(id) FROM dead_letters) - ?',
} as const
