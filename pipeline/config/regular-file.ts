import { readFileSync, type Stats, statSync } from 'node:fs'
import { devNull } from 'node:os'

/**
 * The text of a small file in UTF-8. A pipe is refused, because opening one waits for its writer, and so is a device, which
 * may never end; `/dev/null`, the usual word for "none", is empty.
 * @throws Error in words, or the file system's own
 */
export function readRegularFile(absolute: string, what: string, maxBytes: number): string {
  const status = statSync(absolute)
  if (!status.isFile() && absolute !== devNull) throw new Error(`it is ${kindOf(status)}, and no regular file`)
  if (status.size > maxBytes) throw new Error(`it has ${status.size} bytes, and ${what} has at most ${maxBytes}`)
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(absolute))
}

const kindOf = (status: Stats): string =>
  status.isDirectory() ? 'a folder' : status.isFIFO() ? 'a pipe' : status.isSocket() ? 'a socket' : 'a device'
