/** Whole lines of NDJSON, small enough to be sent again. */
export interface LineBatch {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lines: number
}

/**
 * Cuts a stream of bytes into batches of whole lines, at most `maxBytes` each; a longer line is a batch of its own.
 * Empty lines are left out. Holds one batch and one piece of the stream.
 */
export async function* batchesOf(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<LineBatch> {
  let parts: Uint8Array[] = []
  let size = 0
  let lines = 0
  let partial: Uint8Array[] = []
  let partialSize = 0
  const take = (): LineBatch => {
    const batch = { bytes: joined(parts, size), lines }
    parts = []
    size = 0
    lines = 0
    return batch
  }
  const newline = 10
  for await (const chunk of chunks) {
    let from = 0
    for (;;) {
      const at = chunk.indexOf(newline, from)
      if (at < 0) break
      const line = [...partial, chunk.subarray(from, at + 1)]
      const length = partialSize + at + 1 - from
      from = at + 1
      partial = []
      partialSize = 0
      if (isBlank(line)) continue
      if (size > 0 && size + length > maxBytes) yield take()
      parts.push(...line)
      size += length
      lines++
    }
    if (from < chunk.length) {
      partial.push(chunk.slice(from))
      partialSize += chunk.length - from
    }
  }
  if (partialSize > 0 && !isBlank(partial)) {
    if (size > 0 && size + partialSize > maxBytes) yield take()
    parts.push(...partial)
    size += partialSize
    lines++
  }
  if (lines > 0) yield take()
}

/** Spaces, tabs and line ends only; lines that hold anything are found out by their first bytes. */
const isBlank = (line: readonly Uint8Array[]): boolean => line.every((part) => part.every((byte) => byte <= 32))

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
