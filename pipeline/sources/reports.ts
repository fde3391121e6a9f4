import type { Attribution, Report } from '../../connectors/source.ts'
import type { Scope } from '../../model/scope.ts'
import type { Attributions } from './attributions.ts'
import type { Clock } from './clock.ts'
import { type Found, makerOf, readReported, saysDeleted, type Told } from './read-reported.ts'
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

interface Pending {
  /** By the time of the event. */
  readonly told: readonly Told[]
  readonly since: number
  /** Readings that showed nothing new. */
  readonly step: number
  readonly dueAt: number
}

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
    { ids, by, occurredAt, isDelete = false, canReread = false }: Report,
    isFailing: boolean,
    onSettled: () => void,
  ): void {
    const settle = countdown(Math.max(1, ids.length), onSettled)
    if (ids.length === 0) {
      this.#scanFor(settle)
      return
    }
    const now = this.#host.clock.now()
    const told = { by, isDelete, occurredAt: Date.parse(occurredAt), settle }
    for (const id of ids) {
      if (isFailing || !canReread) this.#leaveToScan(id, [told])
      else this.#put(id, { told: [told], step: 0, since: now, dueAt: now + gatherMs })
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
      using _permits = await permits()
      const told = new Map(due.map(([id, pending]) => [id, pending.told]))
      const found = await readReported(task, told, onFailure, signal)
      for (const [id, pending] of due) {
        await this.#conclude(id, pending, found.get(id), task)
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

  async #conclude(id: string, pending: Pending, found: Found | undefined, { sink }: ScanTask): Promise<void> {
    const { told, since, step } = pending
    const pauseMs = againAfterMs[step]
    const isOver = found === 'recorded' || found === 'known_gone' || (found === 'same' && pauseMs === undefined)
    if (isOver) {
      const unsaid = attributionsOf(told, found)
      if (unsaid.length > 0) {
        const { scope } = this.#host
        await ofSink(() => sink.events(scope).attributed(unsaid.map((by) => ({ id, by }))))
      }
      for (const { settle } of told) settle()
    } else if (found === undefined || pauseMs === undefined) this.#leaveToScan(id, told)
    else this.#put(id, { ...pending, step: step + 1, dueAt: since + pauseMs })
  }

  /** What is said of it anew begins the pauses anew. */
  #put(id: string, pending: Pending): void {
    const before = this.#pending.get(id)
    if (before === undefined) {
      this.#pending.set(id, pending)
      return
    }
    const newer = before.since >= pending.since ? before : pending
    const told = [...before.told, ...pending.told].sort((a, b) => a.occurredAt - b.occurredAt)
    this.#pending.set(id, { ...newer, told, dueAt: Math.min(before.dueAt, pending.dueAt) })
  }

  #leaveAllToScan(): void {
    const all = [...this.#pending]
    this.#pending.clear()
    for (const [id, { told }] of all) this.#leaveToScan(id, told)
  }

  /** The scan takes along who did it; a minute later that is written of what was recorded before. */
  #leaveToScan(id: string, told: readonly Told[]): void {
    const { attributions, scope } = this.#host
    for (const { by, settle } of told) {
      const onEither = countdown(2, settle)
      this.#scanFor(onEither)
      if (by === undefined) onEither()
      else attributions.add(scope, id, by, false, onEither)
    }
  }

  #scanFor(settle: () => void): void {
    const now = this.#host.clock.now()
    this.#forNextScan.push(settle)
    this.#scansAt = againAfterMs.map((ms) => now + ms)
    this.#host.scan()
  }
}

/**
 * Who made changes that were recorded without saying it. A change that was recorded now says who made it, by the newest event. Nobody is named for what
 * is there again after it was deleted: its maker's event didn't come.
 */
function attributionsOf(told: readonly Told[], found: Found): readonly Attribution[] {
  const isThereAgain = found === 'same' && saysDeleted(told)
  const meant = told
    .filter(({ isDelete }) => !(isThereAgain && isDelete))
    .flatMap(({ by }) => (by?.actor == null ? [] : [by]))
  return found === 'recorded' ? meant.slice(0, -1) : meant
}

/** Calls back with the last of some calls. */
function countdown(calls: number, onLast: () => void): () => void {
  let left = calls
  return () => {
    left--
    if (left === 0) onLast()
  }
}
