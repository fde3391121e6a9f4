import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** Every file that a data directory of the embedded engine may hold while vaino runs. */
const known =
  /^(lock|lock-journal|identity\.json|audit\.ndjson(\.[1-8])?|partitions\/\d+\.(reached|sqlite(-wal|-shm)?)|(drift|alerts)[^/]*\.sqlite(-wal|-shm|-journal)?)$/

export interface Held {
  readonly rssBytes: number
  readonly descriptors: number
  readonly threads: number
  readonly walBytes: number
  readonly dataBytes: number
  readonly strayFiles: number
  /** Their names, for the report. */
  readonly strays: readonly string[]
}

/** What a process holds, from /proc; null where it is gone. Linux only. */
export function lookAt(pid: number, dataDir: string, temporary: string): Held | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const numberAt = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
    const descriptors = readdirSync(`/proc/${pid}/fd`).length
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(dataDir, path.join(entry.parentPath, entry.name)))
    const sizes = files.map((file) => [file, sizeOf(path.join(dataDir, file))] as const)
    const total = (list: readonly (readonly [string, number])[]) => list.reduce((sum, [, bytes]) => sum + bytes, 0)
    const strays = [...files.filter((file) => !known.test(file)), ...readdirSync(temporary)]
    return {
      rssBytes: numberAt('VmRSS') * 1024,
      descriptors,
      threads: numberAt('Threads'),
      walBytes: total(sizes.filter(([file]) => file.endsWith('-wal'))),
      dataBytes: total(sizes),
      strayFiles: strays.length,
      strays,
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return null
    throw error
  }
}

/** 0 for a file that has gone since it was listed. */
const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
