import { stat } from 'node:fs/promises'
import type { ComparisonTable } from '../../model/comparison-tables.ts'
import { VainoError } from '../../model/errors.ts'

/** How often the file's version is asked for: a watch would miss files that are replaced through a link, as in a pod. */
const lookEveryMs = 500

export interface ComparisonWatch {
  /** The configuration file, as the process may open it. */
  readonly file: string
  /** What holds when the watch begins. */
  readonly initial: readonly ComparisonTable[]
  /** Reads the whole configuration again. @throws VainoError `bad_config` */
  read(): Promise<readonly ComparisonTable[]>
  changed(tables: readonly ComparisonTable[]): void
  /** The file can't be used as it is; what it said before stays in effect. */
  refused(error: VainoError): void
}

/**
 * Reads `compare` again when the configuration file has another version and has kept it from one look to the next, so that a
 * file is not read while it is written. The rest of the configuration takes effect at a restart.
 */
export function watchComparison(watch: ComparisonWatch): Disposable {
  let isClosed = false
  let taken: string | null = null
  let seen: string | null = null
  let last = JSON.stringify(watch.initial)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function look(): Promise<void> {
    const version = await versionOf(watch.file)
    // A file that is gone for a moment is being replaced.
    if (version !== null && version !== taken && version === seen) {
      taken = version
      await take()
    }
    seen = version
    if (!isClosed) timer = setTimeout(look, lookEveryMs)
  }

  async function take(): Promise<void> {
    try {
      const tables = await watch.read()
      const text = JSON.stringify(tables)
      if (!isClosed && text !== last) watch.changed(tables)
      last = text
    } catch (error) {
      if (!(error instanceof VainoError)) throw error
      if (!isClosed) watch.refused(error)
    }
  }

  void look()
  return {
    [Symbol.dispose]() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

async function versionOf(file: string): Promise<string | null> {
  try {
    const { mtimeNs, size, ino } = await stat(file, { bigint: true })
    return `${mtimeNs} ${size} ${ino}`
  } catch {
    // Not there, or not to be looked at: there will be a version when it is again.
    return null
  }
}
