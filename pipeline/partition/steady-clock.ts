export interface ClockReadings {
  /** The wall clock, Unix milliseconds. */
  wall(): number
  /** A clock that is never set, milliseconds since any start. */
  monotonic(): number
}

/** A larger difference is a jump; time servers correct by less. */
const maxStepMs = 10_000
/** A jump that lasts this long is believed: the clock was set right, or the machine was asleep. */
const believedAfterMs = 30_000
/** Age-based retention waits until the wall clock has run along with the monotonic one for this long, or a hundredth of its age. */
const maxProbationMs = 3_600_000

/**
 * The wall clock, checked against the monotonic one. If a jump of the clock (an error of a time server or a hypervisor) were
 * believed at once, changes would get times that the log can't go back from, and retention could drop all history.
 */
export class SteadyClock {
  readonly #readings: ClockReadings
  #believed: { readonly wallMs: number; readonly atMs: number }
  /** A jump that isn't believed yet. */
  #jump: { readonly wallMs: number; readonly atMs: number } | null = null
  /** Since when the wall clock has run along with the monotonic one, on the latter. */
  #steadySinceMs: number

  constructor(readings: ClockReadings = { wall: () => Date.now(), monotonic: () => performance.now() }) {
    this.#readings = readings
    const atMs = readings.monotonic()
    this.#believed = { wallMs: readings.wall(), atMs }
    this.#steadySinceMs = atMs
  }

  /** Unix milliseconds; while a jump isn't believed, the time before it and what has passed since. */
  nowMs(): number {
    const reading = { wallMs: this.#readings.wall(), atMs: this.#readings.monotonic() }
    const expectedMs = this.#believed.wallMs + reading.atMs - this.#believed.atMs
    if (Math.abs(reading.wallMs - expectedMs) <= maxStepMs) {
      this.#believed = reading
      this.#jump = null
      return reading.wallMs
    }
    const jump = this.#jump
    const isSameJump = jump !== null && Math.abs(reading.wallMs - jump.wallMs - (reading.atMs - jump.atMs)) <= maxStepMs
    if (jump === null || !isSameJump) {
      this.#jump = reading
      this.#steadySinceMs = reading.atMs
      return Math.floor(expectedMs)
    }
    if (reading.atMs - jump.atMs < believedAfterMs) return Math.floor(expectedMs)
    this.#believed = reading
    this.#jump = null
    return reading.wallMs
  }

  /** The time for retention by age; `-Infinity`, so that nothing is dropped, until the clock has been steady for long enough. */
  retentionNowMs(ageMs: number): number {
    const nowMs = this.nowMs()
    const steadyMs = this.#readings.monotonic() - this.#steadySinceMs
    const isSteady = this.#jump === null && steadyMs >= Math.min(maxProbationMs, ageMs / 100)
    return isSteady ? nowMs : Number.NEGATIVE_INFINITY
  }
}
