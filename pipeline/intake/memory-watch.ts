import { collectGarbage } from '../../runtime/runtime.ts'
import { residentBytes } from '../telemetry/own-memory.ts'
import type { Permits } from './permits.ts'

export interface MemorySettings {
  /** Resident bytes above which a garbage collection is requested. */
  readonly gcThresholdBytes: number
  /** Resident bytes above which nothing new is let in, until memory has fallen a tenth below. */
  readonly backpressureBytes: number
  /** Minimum milliseconds between two requested collections. */
  readonly gcIntervalMs: number
}

const sampleMs = 250
/** Paused intake resumes below this part of the threshold, so that memory near it does not pause and resume at every sample. */
const hysteresis = 0.9

/**
 * Watches resident memory and pauses the permits before the bound is reached (invariant I10). One parcel at a time is still
 * let in, so a process whose state alone is that large goes on, slowly.
 */
export function watchMemory(
  gates: readonly Pick<Permits, 'pause'>[],
  settings: MemorySettings,
  rssBytes = residentBytes,
): Disposable {
  let paused = false
  let collectedAt = Number.NEGATIVE_INFINITY
  const timer = setInterval(() => {
    const rss = rssBytes()
    const now = performance.now()
    if (rss > settings.gcThresholdBytes && now - collectedAt >= settings.gcIntervalMs) {
      collectedAt = now
      collectGarbage()
    }
    const over = rss > settings.backpressureBytes * (paused ? hysteresis : 1)
    if (over === paused) return
    paused = over
    for (const gate of gates) gate.pause(paused)
  }, sampleMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
