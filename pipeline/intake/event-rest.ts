/**
 * Between two parcels of one scope's events. A commit of one event takes 450 µs of processor time, one of ten 105 µs an event, one of a
 * hundred 62 µs; the message to the worker, its answer and what follows a commit cost once each, too.
 */
const usualRestMs = 50
/** The longest: an event of a busy scope is still committed well within a second. */
const longestRestMs = 200
/** A parcel of this many events is worth its commit. */
const worthwhileRecords = 100
/** With fewer in a parcel the scope is quiet, and a longer rest would save little. */
const busyRecords = 5

/**
 * How long the next parcel rests so that it holds a hundred events, by what the last one held: 50 ms in a quiet scope, 200 ms at 100 to
 * 500 events a second. A faster one has its hundred sooner.
 */
export function restAfter(records: number, restedMs: number): number {
  if (records < busyRecords) return usualRestMs
  return Math.min(longestRestMs, Math.max(usualRestMs, (restedMs * worthwhileRecords) / records))
}
