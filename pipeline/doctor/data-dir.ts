import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { asStorageError, refuseOther, type SharedIdentity } from '../../storage/data-dir.ts'
import { inspectDataDir } from '../../storage/inspect-data-dir.ts'
import type { Config } from '../config/schema.ts'
import { formatSize } from '../config/units.ts'
import { type Check, type Finding, failed, ok, thrown, warning } from './finding.ts'

/** Minimum free bytes: the partitions' write-ahead logs need them. */
const leastFreeBytes = 64 * 1024 * 1024
const scarceBytes = 1024 * 1024 * 1024

/** The folder of the state and the change log. */
export const dataDirCheck = ({ data_dir, partitions, retention, transport }: Config): Check => ({
  name: 'data directory',
  async run() {
    const found = inspectDataDir(data_dir)
    const there = nearestFolder(data_dir)
    return [
      writable(data_dir, there, found === null, found?.isInUse === true),
      freeSpace(there, retention.size),
      ...(found?.identity && transport === 'embedded' ? belonging(data_dir, found.identity, partitions) : []),
    ]
  },
})

/** Whether a directory belongs to this Kafka deployment; no finding if there is none yet. */
export function sharedDataDir({ data_dir, partitions }: Config, shared: SharedIdentity): Finding[] {
  try {
    const identity = inspectDataDir(data_dir)?.identity
    if (!identity) return []
    if (identity.isShared !== true) {
      return [
        failed(
          'data directory',
          `${data_dir} was made by the embedded transport`,
          'Name another directory with --data-dir: this one has a log of its own.',
        ),
      ]
    }
    refuseOther(data_dir, identity, partitions, shared)
    return [ok('data directory', `${data_dir} is a copy of this log`)]
  } catch (error) {
    return [thrown('data directory', error)]
  }
}

function writable(dataDir: string, folder: string, isNew: boolean, isInUse: boolean): Finding {
  const probe = join(folder, `.vaino-doctor-${process.pid}`)
  try {
    writeFileSync(probe, 'vaino doctor was here', { flush: true })
  } catch (error) {
    return thrown('data directory', asStorageError(error, isNew ? folder : dataDir))
  } finally {
    rmSync(probe, { force: true })
  }
  if (isNew) return ok('data directory', `${dataDir} is not there yet and can be made`)
  return ok('data directory', `${dataDir} is writable, ${isInUse ? 'and a running vaino has it open' : 'not in use'}`)
}

function freeSpace(folder: string, retentionBytes: number): Finding {
  const { bavail, bsize } = statfsSync(folder)
  const free = Number(bavail) * Number(bsize)
  const text = `${formatSize(free)} are free`
  const hint = `Free some space, or keep less: the changes may take up to ${formatSize(retentionBytes)} (retention.size).`
  if (free < leastFreeBytes) return failed('disk', text, hint)
  return free < Math.max(scarceBytes, retentionBytes) ? warning('disk', text, hint) : ok('disk', text)
}

function belonging(dataDir: string, identity: Parameters<typeof refuseOther>[1], partitions: number): Finding[] {
  try {
    refuseOther(dataDir, identity, partitions)
  } catch (error) {
    return [thrown('data directory', error)]
  }
  if (identity.partitions === partitions) return []
  const text = `${dataDir} was made with ${identity.partitions} partitions, which hold, not ${partitions}`
  return [warning('data directory', text, `Set partitions: ${identity.partitions}.`)]
}

function nearestFolder(path: string): string {
  const folder = resolve(path)
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}
