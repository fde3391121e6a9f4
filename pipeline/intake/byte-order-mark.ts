const mark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * A body without the byte order mark at its very beginning, which editors and PowerShell write, and which is no part of the
 * first record. What it holds back of a mark that is cut between chunks is two bytes at most.
 */
export async function* withoutByteOrderMark(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = 0
  let isDecided = false
  for await (const chunk of body) {
    if (isDecided) {
      yield chunk
      continue
    }
    let at = 0
    while (at < chunk.length && held + at < mark.length && chunk[at] === mark[held + at]) at++
    if (at === chunk.length && held + at < mark.length) {
      held += at
      continue
    }
    isDecided = true
    if (held + at === mark.length) yield chunk.subarray(at)
    else {
      if (held > 0) yield mark.subarray(0, held)
      yield chunk
    }
  }
  if (!isDecided && held > 0) yield mark.subarray(0, held)
}
