import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files of a data directory that an earlier vaino made readable for everybody are their owner's alone from now on. */
export function closeToOthers(path: string): void {
  const own = [path, join(path, 'partitions')].flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? join(folder, entry.name) : [])),
  )
  for (const file of own) if ((statSync(file).mode & 0o077) !== 0 && isOwn.test(file)) chmodSync(file, 0o600)
}

/** The names of a data directory's files; what somebody else has put beside them is left alone. */
const isOwn = /[\\/](?:lock|identity\.json|\d+\.(?:sqlite|reached|crash|flight))(?:\.new|-wal|-shm|-journal)?$/
