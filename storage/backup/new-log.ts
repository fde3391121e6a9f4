import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { decodeCursor, encodeCursor } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import { alertFilePath } from '../alerts/alert-file.ts'
import { type DataDirIdentity, partitionPath } from '../data-dir.ts'
import { driftFilePath } from '../drift/drift-file.ts'
import { baselinesFile } from './consistent-cut.ts'

/**
 * Gives the files of a restored data directory another log. What is in them of the old log's cursors is made one of the new log, at the same offsets:
 * up to the backup both are the same. Cursors that clients hold are of the old one and refused, since the offsets after the backup will be given to other changes.
 */
export function giveLogId(dataDir: string, from: DataDirIdentity, to: DataDirIdentity): void {
  const isSame = from.logId === to.logId
  for (let partition = 0; partition < to.partitions; partition++) {
    using db = new DatabaseSync(partitionPath(dataDir, partition))
    const identity = String(db.prepare("SELECT value FROM meta WHERE name = 'identity'").get()?.value)
    if (!identity.includes(from.logId)) {
      throw new VainoError('storage_damaged', `partition ${partition} of the backup is of another log: ${identity}`)
    }
    if (!isSame)
      db.prepare("UPDATE meta SET value = ? WHERE name = 'identity'").run(identity.replace(from.logId, to.logId))
  }
  if (isSame) return
  const logs = new Map([[from.logId, to.logId]])
  if (existsSync(driftFilePath(dataDir))) {
    using db = new DatabaseSync(driftFilePath(dataDir))
    const log = String(db.prepare("SELECT value FROM meta WHERE name = 'drift_log'").get()?.value)
    const next = randomBytes(8).toString('hex')
    logs.set(log, next)
    const set = db.prepare('UPDATE meta SET value = ? WHERE name = ?')
    set.run(to.logId, 'log_id')
    set.run(next, 'drift_log')
  }
  if (existsSync(alertFilePath(dataDir))) {
    using db = new DatabaseSync(alertFilePath(dataDir))
    const set = db.prepare('UPDATE meta SET value = ? WHERE name = ?')
    for (const { name, value } of db.prepare('SELECT name, value FROM meta').all())
      set.run(name === 'log_id' ? to.logId : ofNewLog(String(value), logs, to.partitions), String(name))
  }
  const baselines = join(dataDir, baselinesFile)
  if (!existsSync(baselines)) return
  const text = readFileSync(baselines, 'utf8').replace(/(?<="cursor": ")[^"]+/g, (cursor) =>
    ofNewLog(cursor, logs, to.partitions),
  )
  writeFileSync(baselines, text, { flush: true })
}

/** A cursor of one of these logs at the same offsets of the log that takes its place; any other text as it is. */
function ofNewLog(text: string, logs: ReadonlyMap<string, string>, partitions: number): string {
  for (const [log, next] of logs) {
    for (const count of [partitions, 1]) {
      const position = positionIn(text, log, count)
      if (position !== null) return encodeCursor(next, position)
    }
  }
  return text
}

function positionIn(text: string, log: string, partitions: number) {
  try {
    return decodeCursor(text, log, partitions)
  } catch (error) {
    if (error instanceof VainoError) return null
    throw error
  }
}
