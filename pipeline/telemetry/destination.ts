import { writeSync } from 'node:fs'
import type { LogDestination } from './log.ts'

/**
 * A file descriptor, written at once: what was logged before a crash is there after it, and nothing queues up when the
 * reader of a pipe is slow.
 */
export const fileDescriptor = (fd: number): LogDestination => ({
  write(line) {
    const bytes = Buffer.from(line)
    let written = 0
    while (written < bytes.length) written += writeSync(fd, bytes, written)
  },
})
