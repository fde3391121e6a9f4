import type { Attribution, Report } from '../../connectors/source.ts'
import type { Scope } from '../../model/scope.ts'
import type { NewestChange } from '../intake/newest-changes.ts'
import type { Attributions } from './attributions.ts'
import type { Clock } from './clock.ts'
import { type Pending, together } from './pending-report.ts'
import { attributionsOf, type Found, makerOf, readReported, saysDeleted, type Told } from './read-reported.ts'
import { ofSink, type ScanTask, SinkFailure } from './scan-target.ts'

/** What events name within this is read together, milliseconds. */
const gatherMs = 250
/** From the end of one such reading to the next, at least. */
const restMs = 500
/**
 * Reads lag behind writes by seconds to a minute, as AWS documents for EC2, IAM and S3: what shows nothing new is read again this long after the event,
 * milliseconds. A scan is repeated in any case: what it changed of all things is not known.
 */
const againAfterMs = [2_000, 10_000, 60_000]
/** Resources that are read alone; a scan costs fewer calls than more of them. */
const maxReads = 100
/** After a failure of the sink. */
const retryMs = 1_000

export interface ReportsHost {
  readonly scope: Scope
  readonly clock: Clock
  readonly attributions: Attributions
  /** Asks for a scan soon. */
  scan(): void
}

/**
 * What events say of the resources of one target, until all that came of it is committed. Each resource is read alone, and again while it shows
 * nothing new. It is deleted where the newest event about it says so and the system doesn't find it. What reading it alone can't settle a scan does.
 * It is given the time. Memory: a hundred resources, and the events about them, which their feed bounds.
 */
export class Reports {
  readonly #host: ReportsHost
  readonly #pending = new Map<string, Pending>()
  #notBefore = Number.NEGATIVE_INFINITY
  /** Scans that are still to be asked for. */
  #scansAt: readonly number[] = []
  /** Wait for the end of a scan that begins from now on. */
  #forNextScan: (() => void)[] = []
  #forThisScan: (() => void)[] = []

  constructor(host: ReportsHost) {
    this.#host = host
  }

  /** Bounded: a hundred are looked at. */
  get dueAt(): number {
    const [scanAt = Number.POSITIVE_INFINITY] = this.#scansAt
    let readAt = Number.POSITIVE_INFINITY
    for (const { dueAt } of this.#pending.values()) readAt = Math.min(readAt, dueAt)
    return Math.min(scanAt, Math.max(readAt, this.#notBefore))
  }

  /**
   * @param isFailing the last scan failed: the next one reads all, and its back-off holds
   * @param onSettled called when all that came of it is committed
   */
  add(
    { ids, by, occurredAt, isDelete = false, isEnd = false, canReread = false }: Report,
    isFailing: boolean,
    onSettled: () => void,
  ): void {
    const settle = countdown(Math.max(1, ids.length), onSettled)
    if (ids.length === 0) {
      this.#scanFor(settle, isEnd)
      return
    }
    const now = this.#host.clock.now()
    const told = { by, isDelete, isEnd, occurredAt: Date.parse(occurredAt), settle }
    for (const id of ids) {
      if (isFailing || !canReread) this.#leaveToScan(id, [told])
      else this.#put(id, { told: [told], step: 0, since: now, dueAt: now + gatherMs, handedOn: null })
    }
    if (this.#pending.size > maxReads) this.#leaveAllToScan()
  }

  /** Who made the change that a scan may see, by the newest event. */
  byOf(id: string): Attribution | undefined {
    return makerOf(this.#pending.get(id)?.told ?? [])
  }

  scanBegan(): void {
    this.#forThisScan = [...this.#forThisScan, ...this.#forNextScan]
    this.#forNextScan = []
  }

  /** All that the scan brought is committed. After one that failed the next one reads what waits here. */
  scanEnded(isComplete: boolean): void {
    const waiting = this.#forThisScan
    this.#forThisScan = []
    for (const settle of waiting) settle()
    if (!isComplete && this.#pending.size > 0) this.#leaveAllToScan()
  }

  /** Drops all events that wait, without settling them. Their feed hands them out again. */
  clear(): void {
    this.#pending.clear()
    this.#forThisScan = []
    this.#forNextScan = []
    this.#scansAt = []
  }

  /** Does what is due. Never rejects: what can't be read alone is left to a scan. */
  async run(
    task: ScanTask,
    permits: () => Promise<Disposable>,
    onFailure: (part: 'sink' | 'reread', error: unknown) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const now = this.#host.clock.now()
    if ((this.#scansAt[0] ?? Number.POSITIVE_INFINITY) <= now) {
      this.#scansAt = this.#scansAt.slice(1)
      this.#host.scan()
    }
    const due = [...this.#pending].filter(([, { dueAt }]) => dueAt <= now)
    if (due.length === 0 || now < this.#notBefore) return
    // What is said of them from here on may be about what the reading doesn't show yet.
    const reading = new Map(due)
    for (const id of reading.keys()) this.#pending.delete(id)
    try {
      for (const [id, pending] of due) if (await this.#isLookedAt(id, pending, task)) reading.delete(id)
      if (reading.size === 0) return
      using _permits = await permits()
      const { scope } = this.#host
      const before = new Map([...reading.keys()].map((id) => [id, task.sink.newest?.(scope, id) ?? null]))
      const told = new Map([...reading].map(([id, pending]) => [id, pending.told]))
      const found = await readReported(task, told, onFailure, signal)
      for (const [id, pending] of [...reading]) {
        await this.#conclude(id, pending, found.get(id), before.get(id) ?? null, task)
        reading.delete(id)
      }
    } catch (error) {
      if (signal.aborted) return
      onFailure(error instanceof SinkFailure ? 'sink' : 'reread', error)
      for (const [id, pending] of reading) {
        if (error instanceof SinkFailure) this.#put(id, { ...pending, dueAt: this.#host.clock.now() + retryMs })
        else this.#leaveToScan(id, pending.told)
      }
    } finally {
      this.#notBefore = this.#host.clock.now() + restMs
    }
  }

  /** Whether there is nothing to read now: a reading that was handed on is recorded, or may be yet. */
  async #isLookedAt(id: string, pending: Pending, task: ScanTask): Promise<boolean> {
    const { handedOn } = pending
    if (handedOn === null) return false
    const { told, before, atMs, readAt } = handedOn
    const newest = task.sink.newest?.(this.#host.scope, id)
    const isRecorded = newest != null && newest.offset !== null && newest.offset !== before.offset
    if (isRecorded && newest.isBy(makerOf(told)?.actor ?? null)) {
      await this.#conclude(id, { ...pending, told }, 'recorded', null, task)
      const later = pending.told.filter((one) => !told.includes(one))
      if (later.length > 0) this.#put(id, { ...pending, told: later, step: 0, dueAt: readAt, handedOn: null })
      return true
    }
    const now = this.#host.clock.now()
    if (readAt <= now) return false
    this.#put(id, { ...pending, dueAt: Math.min(readAt, now + Math.max(restMs, now - atMs)) })
    return true
  }

  /** @param before the newest change before the reading, where others record it */
  async #conclude(
    id: string,
    pending: Pending,
    found: Found | undefined,
    before: NewestChange | null,
    { sink }: ScanTask,
  ): Promise<void> {
    const { told, since, step } = pending
    const pauseMs = againAfterMs[step]
    // Others may record the first reading yet.
    const isEnd = told.at(-1)?.isEnd === true && !saysDeleted(told) && (before === null || step > 0)
    const isOver =
      found === 'recorded' ||
      found === 'known_gone' ||
      found === 'other' ||
      (found === 'same' && (isEnd || pauseMs === undefined))
    if (isOver) {
      const unsaid = attributionsOf(told, found)
      if (unsaid.length > 0) {
        const { scope } = this.#host
        await ofSink(() => sink.events(scope).attributed(unsaid.map((by) => ({ id, by }))))
      }
      for (const { settle } of told) settle()
    } else if (found === undefined || pauseMs === undefined) this.#leaveToScan(id, told)
    else {
      // A part of something may be gone by an operation that doesn't say that it deletes: a policy that was set to nothing.
      if (found === 'absent' && step === 0) this.#host.scan()
      const [atMs, readAt] = [this.#host.clock.now(), since + pauseMs]
      const isHandedOn = before !== null && found === 'same' && !saysDeleted(told)
      const handedOn = isHandedOn ? { told, before, atMs, readAt } : null
      this.#put(id, { ...pending, step: step + 1, dueAt: isHandedOn ? atMs + restMs : readAt, handedOn })
    }
  }

  #put(id: string, pending: Pending): void {
    const before = this.#pending.get(id)
    this.#pending.set(id, before === undefined ? pending : together(before, pending))
  }

  #leaveAllToScan(): void {
    const all = [...this.#pending]
    this.#pending.clear()
    for (const [id, { told }] of all) this.#leaveToScan(id, told)
  }

  /** The scan takes along who did it; a minute later that is written of what was recorded before. */
  #leaveToScan(id: string, told: readonly Told[]): void {
    const { attributions, scope } = this.#host
    for (const { by, isEnd, settle } of told) {
      const onEither = countdown(2, settle)
      this.#scanFor(onEither, isEnd)
      if (by === undefined) onEither()
      else attributions.add(scope, id, by, false, onEither)
    }
  }

  #scanFor(settle: () => void, isEnd: boolean): void {
    const now = this.#host.clock.now()
    this.#forNextScan.push(settle)
    if (!isEnd) this.#scansAt = againAfterMs.map((ms) => now + ms)
    this.#host.scan()
  }
}

/** Calls back with the last of some calls. */
function countdown(calls: number, onLast: () => void): () => void {
  let left = calls
  return () => {
    left--
    if (left === 0) onLast()
  }
}
