import { fillMessage, lineFields } from './event-line.ts'
import type { EventSpec, Level } from './event-table.ts'
import { createLineLimit } from './line-limit.ts'
import { createLog, type LogOptions } from './log.ts'

export interface EventLogOptions extends LogOptions {
  readonly redact: (text: string) => string
  readonly now: () => number
  /** A line was not written: its event had its lines of this minute, or the destination failed. */
  readonly onDropped: (reason: 'limit' | 'write') => void
}

/** @returns a function that writes an event's line: redacted, and limited in number unless the level asks for every line */
export function createEventLog(options: EventLogOptions) {
  const log = createLog(options)
  const limit = createLineLimit(options.now)

  const write = (level: Level, event: string, fields: Record<string, unknown>, message: string) => {
    try {
      log.write(level, event, fields, message)
    } catch {
      // A log that can't be written must not stop the work that it reports; the lines are counted.
      options.onDropped('write')
    }
  }
  return (event: string, spec: EventSpec, given: Readonly<Record<string, unknown>>): void => {
    if (!log.isEnabled(spec.level)) return
    const isLimited = spec.level !== 'trace' && spec.level !== 'debug'
    const { admitted, dropped } = isLimited ? limit.admit(event) : { admitted: true, dropped: 0 }
    if (dropped > 0) write(spec.level, event, { dropped }, `${dropped} more lines of ${event} were dropped`)
    if (!admitted) {
      options.onDropped('limit')
      return
    }
    const fields = lineFields(given, options.redact)
    write(spec.level, event, fields, fillMessage(spec.message, fields))
  }
}
