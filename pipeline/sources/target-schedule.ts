import { backoffMs } from './backoff.ts'

/** An event's scan begins no sooner than this after the end of the scan before. */
const eventFloorMs = 100
/** Back-off of a scope that fails: full jitter up to this, doubled by each failure … */
const baseMs = 1000
/** … up to this many intervals. */
const maxIntervals = 4
/** An interval is this much longer or shorter, so that scopes that began together spread out. */
const jitter = 0.1
/** Empty scans in a row before a scope is asked less often. */
const emptyScans = 5
/** A scope that stays empty is scanned every second interval. What appears in it without an event is seen that much later. */
const emptyIntervals = 2
/** Steps in which the time that a scan took counts, per interval: most take less than half of one, and so say the same each time. */
const stepsPerInterval = 10

export interface ScheduleSettings {
  readonly intervalMs: number
  /** Longest wait after a failure where it is less than four intervals. */
  readonly longestBackoffMs?: number
}

export interface Seen {
  readonly observed: number
  /** Nothing was observed because nothing has changed; the scope may well hold resources. */
  readonly unchanged?: boolean
}

export interface EndedScan extends Seen {
  readonly complete: boolean
  /** The system's own word on when to come again. */
  readonly retryAfterMs: number | null
  /** What the target stands for is gone: only an event, or another identity in the list, asks for it again, or this time. */
  readonly isGone?: boolean
  /** When a target that is gone is looked at again; absent: never. */
  readonly goneAgainMs?: number | null
}

/** When one scope is scanned next. Pure: it is given the time and the randomness. */
export class TargetSchedule {
  readonly #settings: ScheduleSettings
  readonly #random: () => number
  /** The first scan is due at once. */
  #dueAt = Number.NEGATIVE_INFINITY
  #endedAt = Number.NEGATIVE_INFINITY
  /** No event makes a scan due before this. */
  #notBefore = Number.NEGATIVE_INFINITY
  #failures = 0
  /** Of the failures in a row, those that an event brought about: events have a back-off of their own. */
  #eventFailures = 0
  #empty = 0
  #nudged = false
  #isScanning = false
  /** An event asked for the scan under way. */
  #eventBrought = false

  constructor(settings: ScheduleSettings, random: () => number) {
    this.#settings = settings
    this.#random = random
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures
  }

  /** Whether an event asked for the scan that is due or under way. */
  get isUrgent(): boolean {
    return this.#nudged
  }

  began(): void {
    this.#isScanning = true
    this.#eventBrought = this.#nudged
    this.#nudged = false
  }

  ended(now: number, scan: EndedScan): void {
    const { complete, retryAfterMs, isGone = false, goneAgainMs = null } = scan
    this.#isScanning = false
    this.#endedAt = now
    this.#notBefore = now + (retryAfterMs ?? 0)
    if (complete) {
      this.#failures = this.#eventFailures = 0
      this.#empty = this.#emptyWith(scan)
      this.#dueAt = now + this.#nextIntervalMs()
    } else {
      this.#failures++
      if (this.#eventBrought) this.#eventFailures++
      const { intervalMs, longestBackoffMs = Number.POSITIVE_INFINITY } = this.#settings
      const limits = {
        baseMs: Math.min(baseMs, intervalMs),
        maxMs: Math.min(intervalMs * maxIntervals, longestBackoffMs),
      }
      const backedOffUntil = Math.max(this.#notBefore, now + backoffMs(this.#failures, limits, this.#random()))
      this.#dueAt = isGone ? now + (goneAgainMs ?? Number.POSITIVE_INFINITY) : backedOffUntil
    }
    // An event during the scan may be about what had been read by then.
    if (this.#nudged) this.nudge(now)
  }

  /** Another node has the scope now: the question is asked again after the interval. */
  passed(now: number): void {
    this.#isScanning = false
    this.#nudged = false
    this.#dueAt = now + this.#nextIntervalMs()
  }

  /**
   * An event says that a scan would find something. After a failed scan events back off like everything else: the first
   * comes through at once, and each that fails doubles the time to the next, up to the interval.
   */
  nudge(now: number): void {
    this.#nudged = true
    if (this.#isScanning) return
    const floorMs = Math.min(
      Math.max(eventFloorMs, this.#settings.intervalMs),
      eventFloorMs * 2 ** Math.min(30, this.#eventFailures),
    )
    this.#dueAt = Math.min(this.#dueAt, Math.max(now, this.#endedAt + floorMs, this.#notBefore))
  }

  /**
   * From the end of a complete scan to the end of the next, as planned, milliseconds: the interval, and the time that this one took.
   * @param tookMs from when its turn came to its end: waiting for a permit takes time too
   */
  everyMs(seen: Seen, tookMs: number): number {
    const intervalMs = this.#plannedMs(this.#emptyWith(seen))
    const stepMs = Math.max(1, intervalMs / stepsPerInterval)
    return Math.round(intervalMs + stepMs * Math.round(tookMs / stepMs))
  }

  #nextIntervalMs(): number {
    return this.#plannedMs(this.#empty) * (1 - jitter + 2 * jitter * this.#random())
  }

  /** Without its jitter. @param empty scans in a row */
  #plannedMs(empty: number): number {
    return this.#settings.intervalMs * (empty > emptyScans ? emptyIntervals : 1)
  }

  #emptyWith({ observed, unchanged = false }: Seen): number {
    return observed === 0 && !unchanged ? this.#empty + 1 : 0
  }
}
