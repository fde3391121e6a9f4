import { writeSync } from 'node:fs'
import type { LogDestination } from './log.ts'

/**
 * A file descriptor, written synchronously: a line that was logged before a crash is there after it, and nothing queues up
 * when the reader of a pipe is slow. When the reader has gone away, lines are dropped: a service outlives its log's reader.
 */
export function fileDescriptor(fd: number): LogDestination {
  let hasReader = true
  return {
    write(line) {
      const bytes = Buffer.from(line)
      let written = 0
      try {
        while (hasReader && written < bytes.length) written += writeSync(fd, bytes, written)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
        hasReader = false
      }
    },
  }
}
