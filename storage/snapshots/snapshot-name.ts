import { randomBytes } from 'node:crypto'

let lastMs = 0

/**
 * The name of a snapshot taken now: names sort by time, two of one process by which came first even within a millisecond
 * or when the clock is set back, and those of several processes never meet.
 * `2026-11-23T12-00-00.123Z-9f86d081884c.json`
 */
export function snapshotName(nowMs: number): string {
  lastMs = Math.max(nowMs, lastMs + 1)
  const time = new Date(lastMs).toISOString().replaceAll(':', '-')
  return `${time}-${randomBytes(6).toString('hex')}.json`
}
