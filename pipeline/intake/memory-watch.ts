import { collectGarbage } from '../../runtime/runtime.ts'
import { residentBytes } from '../telemetry/own-memory.ts'
import type { Permits } from './permits.ts'

export interface MemorySettings {
  /** Resident bytes above which a collection is asked for. */
  readonly gcThresholdBytes: number
  /** Resident bytes above which nothing new is let in, until memory has fallen a tenth below. */
  readonly backpressureBytes: number
  /** The shortest time between two collections that are asked for. */
  readonly gcIntervalMs: number
}

const sampleMs = 250
/** Memory that hovers at the threshold must not open and close the gate with every sample. */
const hysteresis = 0.9

/**
 * Watches resident memory and closes the gates where data is pulled in before the bound is reached (invariant I10). One
 * parcel at a time still passes, so a process whose state alone is that large goes on, slowly, instead of standing still.
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
