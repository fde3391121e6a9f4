/** Longer lines of a provider are looked at up to here. */
const maxLineBytes = 4096
const maxNameLength = 100

/**
 * Looks through what a provider writes to its standard error for the function in which it panicked. Everything else there is dropped: providers
 * write whole answers of their clouds, secrets included, and so may the message of a panic.
 */
export function panicFinder(): { readonly take: (chunk: Uint8Array) => void; readonly found: () => string | null } {
  let line = ''
  let state: 'before' | 'message' | 'frames' | 'done' = 'before'
  let name: string | null = null

  function takeLine(text: string): void {
    if (state === 'before' && /^(?:panic|fatal error): /.test(text)) state = 'message'
    else if (state === 'message' && /^goroutine \d+ /.test(text)) state = 'frames'
    else if (state === 'frames') {
      const frame = /^([\w./·*()[\]{}~-]+)\(/.exec(text)?.[1]
      if (frame === undefined || /^(?:panic|runtime\.|runtime\/)/.test(frame)) return
      name = frame.slice(-maxNameLength)
      state = 'done'
    }
  }

  return {
    take(chunk) {
      if (state === 'done') return
      const lines = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1').split('\n')
      for (const [at, part] of lines.entries()) {
        if (line.length < maxLineBytes) line += part.slice(0, maxLineBytes)
        if (at === lines.length - 1) break
        takeLine(line)
        line = ''
      }
    },
    found: () => name,
  }
}
