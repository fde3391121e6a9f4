/** What this process has of memory, in bytes. */
export interface OwnMemory {
  readonly residentBytes: number
  readonly heapBytes: number
}

let last: OwnMemory = { residentBytes: 0, heapBytes: 0 }

/**
 * Reads the process's memory; never throws, because timers call it and what a timer throws ends the process. The runtime
 * opens a file for it, which fails while all file descriptors are in use: then the last reading stands, 0 before the first.
 */
export function ownMemory(): OwnMemory {
  try {
    const { rss, heapUsed } = process.memoryUsage()
    last = { residentBytes: rss, heapBytes: heapUsed }
  } catch {
    // The last reading stands, as stated above.
  }
  return last
}

/** {@link ownMemory} of resident memory alone, which is cheaper: under 0.01 ms. */
export function residentBytes(): number {
  try {
    last = { ...last, residentBytes: process.memoryUsage.rss() }
  } catch {
    // The last reading stands, as stated above.
  }
  return last.residentBytes
}
