const windowMs = 60_000

/** Lines of one event a minute; a thousand scopes that all fail must not bury what else happens, nor fill a disk. */
export const maxLinesPerMinute = 120

export interface LineLimit {
  /**
   * Whether the event may have one more line now; `dropped` is the number of lines dropped in the minute before, reported once.
   */
  admit(event: string): { readonly admitted: boolean; readonly dropped: number }
}

interface Window {
  began: number
  lines: number
  dropped: number
}

/** @param now a monotonic clock, milliseconds */
export function createLineLimit(now: () => number): LineLimit {
  // One entry an event of the table.
  const windows = new Map<string, Window>()
  return {
    admit(event) {
      const at = now()
      let window = windows.get(event)
      let dropped = 0
      if (!window || at - window.began >= windowMs) {
        dropped = window?.dropped ?? 0
        window = { began: at, lines: 0, dropped: 0 }
        windows.set(event, window)
      }
      window.lines += 1
      if (window.lines > maxLinesPerMinute) {
        window.dropped += 1
        return { admitted: false, dropped }
      }
      return { admitted: true, dropped }
    },
  }
}
