import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { messageOf, VainoError } from '../model/errors.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { closeToOthers } from './own-files.ts'
import { refuseHalfRestored } from './restore-mark.ts'

/** What a data directory is; written once, when it is made. */
export interface DataDirIdentity {
  readonly format: 1
  /** 16 hex digits; travels in every cursor. */
  readonly logId: string
  /** Fixed for the life of the directory: it decides where each scope lives. */
  readonly partitions: number
  /** The secret under which secrets are digested (invariant I9), hex. */
  readonly saltHex: string
  /** The log is Kafka's, and this directory a copy: without it nothing may be written. */
  readonly isShared?: boolean
}

/** What the directories of all nodes that share a log have in common. */
export type SharedIdentity = Pick<DataDirIdentity, 'logId' | 'saltHex'>

/** A data directory that this process, and no other, has open. */
export interface DataDir extends Disposable {
  readonly path: string
  readonly identity: DataDirIdentity
  /** Its partitions may not be there yet: it was made just now, or {@link settle} was never reached. */
  readonly isNew: boolean
  /** Says that all partitions are there. From now on a missing one is a loss, and is reported. */
  settle(): void
}

export const partitionPath = (dataDir: string, partition: number): string =>
  join(dataDir, 'partitions', `${partition}.sqlite`)

/**
 * Opens a data directory, making it where there is none.
 * @param partitions for a new directory; an existing one keeps its number
 * @param shared what many nodes' directories have in common, where a log outside is the truth
 * @throws VainoError `data_dir_in_use`, `storage_full`, `storage_failed`
 */
export function openDataDir(path: string, partitions: number, shared?: SharedIdentity): DataDir {
  try {
    makeFolder(resolve(path, 'partitions'))
    const lock = lockDataDir(path)
    try {
      refuseHalfRestored(path)
      closeToOthers(path)
      const settled = readIdentity(path, settledFile)
      const identity = settled ?? readIdentity(path, newFile) ?? createIdentity(path, partitions, shared)
      refuseOther(path, identity, partitions, shared)
      const settle = () => {
        if (settled !== null) return
        renameSync(join(path, newFile), join(path, settledFile))
        syncFolder(path)
      }
      return { path, identity, isNew: settled === null, settle, [Symbol.dispose]: () => lock.close() }
    } catch (error) {
      lock.close()
      throw error
    }
  } catch (error) {
    throw asStorageError(error, `the data directory ${path}`)
  }
}

/** Makes a folder and those above it, on disk: with a folder that its parent has not, a power cut takes all that was synced in it. */
function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = path; made.length >= resolve(first).length; made = dirname(made)) syncFolder(dirname(made))
}

/** The identity of a directory whose partitions are all there, and of one where they are about to be made. */
export const settledFile = 'identity.json'
export const newFile = 'identity.json.new'

export function readIdentity(path: string, name: string): DataDirIdentity | null {
  let text: string
  try {
    text = readFileSync(join(path, name), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const found = parseIdentity(text)
  if (found !== null) return found
  refuseLater(join(path, name), text)
  // A crash in the middle of its making leaves nothing that could be lost.
  if (name === newFile) return null
  throw new VainoError('storage_failed', `${join(path, name)} is not a data directory's identity`, {
    hint: 'Restore the file from a backup, or name another directory with --data-dir.',
  })
}

/** @throws VainoError `storage_failed` where a later vaino made the directory: nothing is damaged then */
function refuseLater(file: string, text: string): void {
  const format = /"format"\s*:\s*(\d+)/.exec(text)?.[1]
  if (format === undefined || Number(format) <= 1) return
  throw new VainoError(
    'storage_failed',
    `${file} has format ${format}, of a later version of vaino; this one reads 1`,
    {
      hint: 'Run the version of vaino that made the directory, or name another directory with --data-dir.',
    },
  )
}

export function parseIdentity(text: string): DataDirIdentity | null {
  try {
    const value: Partial<DataDirIdentity> = JSON.parse(text)
    const { format, logId, partitions, saltHex } = value
    if (format !== 1 || !/^[0-9a-f]{16}$/.test(logId ?? '') || !/^[0-9a-f]{64}$/.test(saltHex ?? '')) return null
    return Number.isInteger(partitions) && Number(partitions) > 0 ? (value as DataDirIdentity) : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** @throws VainoError `storage_failed` where a directory is another one than is wanted */
export function refuseOther(path: string, found: DataDirIdentity, partitions: number, shared?: SharedIdentity): void {
  const hint = 'Name another directory with --data-dir; this one stays as it is.'
  if (shared === undefined) {
    if (found.isShared !== true) return
    throw new VainoError('storage_failed', `The data directory ${path} is a copy of a log in Kafka`, {
      hint: 'Open it with --transport kafka, or name another directory with --data-dir.',
    })
  }
  if (found.logId !== shared.logId) {
    throw new VainoError('storage_failed', `The data directory ${path} belongs to another log or Kafka cluster`, {
      hint,
    })
  }
  if (found.partitions !== partitions) {
    const message = `The data directory ${path} has ${found.partitions} partitions, and the topics have ${partitions}`
    throw new VainoError('storage_failed', message, { hint })
  }
  if (found.saltHex !== shared.saltHex) {
    throw new VainoError('storage_failed', `The data directory ${path} was made with another kafka.redaction_key`, {
      hint: 'Every node needs the same key: with another, each secret would look changed.',
    })
  }
}

function createIdentity(path: string, partitions: number, shared?: SharedIdentity): DataDirIdentity {
  const found = readdirSync(join(path, 'partitions')).find((name) => name.endsWith('.sqlite'))
  if (found !== undefined) {
    throw new VainoError('storage_damaged', `${join(path, settledFile)} is missing, and partitions/${found} is there`, {
      hint: 'Restore the file from a backup, or name another directory with --data-dir.',
    })
  }
  const identity: DataDirIdentity = {
    format: 1,
    logId: shared?.logId ?? randomBytes(8).toString('hex'),
    partitions,
    saltHex: shared?.saltHex ?? randomBytes(32).toString('hex'),
    ...(shared === undefined ? {} : { isShared: true }),
  }
  writeIdentity(join(path, newFile), identity)
  syncFolder(path)
  return identity
}

export function writeIdentity(file: string, identity: DataDirIdentity): void {
  const handle = openSync(file, 'w', 0o600)
  try {
    writeSync(handle, `${JSON.stringify(identity, null, 2)}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Makes the names in a folder survive a power cut. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** What to do about a file that is lost or damaged. */
export const damageHint =
  'Check the disk. Restore the data directory from a backup, or move it away: the next scans build the state anew.'

/** An operating system's or SQLite's complaint as an error that says what to do. */
export function asStorageError(error: unknown, what: string): VainoError {
  if (error instanceof VainoError) return error
  const message = messageOf(error)
  if (/ENOSPC|EDQUOT|disk is full|SQLITE_FULL/i.test(message)) {
    return new VainoError('storage_full', `No space is left for ${what}`, {
      hint: 'Free some space, then start vaino again; one that runs goes on by itself. Shorter retention (retention.age, retention.size) keeps it smaller.',
      cause: error,
    })
  }
  if (/EMFILE|ENFILE|unable to open/i.test(message)) {
    return new VainoError('storage_failed', `Can't write to ${what}: ${message}`, {
      hint: 'Make it writable for this user, or name another directory with --data-dir. Where no file descriptor is left (ulimit -n), a running vaino tries again by itself.',
      cause: error,
    })
  }
  if (/EROFS|EACCES|EPERM|readonly|read-only/i.test(message)) {
    return new VainoError('storage_failed', `Can't write to ${what}: ${message}`, {
      hint: 'Make it writable for this user, or name another directory with --data-dir.',
      cause: error,
    })
  }
  if (/disk I\/O error/i.test(message)) {
    // The code is that of damage, after which nothing more is acknowledged.
    return new VainoError('storage_damaged', `The disk failed at ${what}: ${message}`, {
      hint: "Check the disk, its mount and the kernel's log, then start again: what is in the file may be whole.",
      cause: error,
    })
  }
  if (/malformed|not a database/i.test(message)) {
    return new VainoError('storage_damaged', `${what} is damaged: ${message}`, {
      hint: damageHint,
      cause: error,
    })
  }
  const hint = 'Check the path, or name another directory with --data-dir.'
  return new VainoError('storage_failed', `Can't use ${what}: ${message}`, { hint, cause: error })
}
