import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { asStorageError } from '../../storage/data-dir.ts'

/** A file of so many bytes is put aside, and a new one begun; so many are kept beside it. */
const maxBytes = 16 * 1024 * 1024
const keptFiles = 8

export interface AuditEntry {
  /** `scope.release`, `configuration.load`. */
  readonly action: string
  /** The name of a token, a claim of a signed one, or a user of this machine. */
  readonly who: string
  /** The address of the caller; null where that isn't known. */
  readonly from: string | null
  /** A scope, a baseline, a file. */
  readonly what: string
  /** `begun` stands on the disk before anything is done. */
  readonly outcome: 'begun' | 'done' | 'failed' | 'refused'
  readonly details?: Readonly<Record<string, unknown>>
}

/** Who did what to vaino, when and from where: a JSON object a line, on the disk when {@link AuditLog.write} returns. */
export interface AuditLog {
  /** @throws VainoError `storage_full`, `storage_failed` */
  write(entry: AuditEntry): void
}

export function openAuditLog(path: string, now: () => Date = () => new Date()): AuditLog {
  return {
    write(entry) {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= maxBytes) putAside(path)
        const file = openSync(path, 'a', 0o600)
        try {
          writeSync(file, `${JSON.stringify({ time: now().toISOString(), ...entry })}\n`)
          fsyncSync(file)
        } finally {
          closeSync(file)
        }
      } catch (error) {
        throw asStorageError(error, `the audit log ${path}`)
      }
    },
  }
}

/** `audit.ndjson` is `audit.ndjson.1` then, which was `.2`; the oldest is overwritten. */
function putAside(path: string): void {
  for (let number = keptFiles; number > 1; number--) {
    const older = `${path}.${number - 1}`
    if (statSync(older, { throwIfNoEntry: false }) !== undefined) renameSync(older, `${path}.${number}`)
  }
  renameSync(path, `${path}.1`)
}
