import { stat } from 'node:fs/promises'
import { VainoError } from '../../model/errors.ts'
import type { LoadedRules } from './load-rules.ts'

/** How often the files' versions are asked for: a watch would miss files that are replaced through a link, as in a pod. */
const lookEveryMs = 500

export interface RulesWatch {
  /** The configuration file, which says which rules are read; null: there is none. */
  readonly configFile: string | null
  /** What holds when the watch begins. */
  readonly initial: LoadedRules
  /** Reads everything again. @throws VainoError `bad_config` */
  read(): Promise<LoadedRules>
  changed(rules: LoadedRules): void
  /** The files can't be used as they are; what they said before stays in effect. */
  refused(error: VainoError): void
}

/**
 * Reads the rules again when one of their files has another version, is new or is gone, and has stayed so from one look to the
 * next, so that a file is not read while it is written. The rest of the configuration takes effect at a restart.
 */
export function watchRules(watch: RulesWatch): Disposable {
  let isClosed = false
  let taken: string | null = null
  let seen: string | null = null
  let holds = watch.initial
  let timer: ReturnType<typeof setTimeout> | undefined

  async function look(): Promise<void> {
    const version = await versionsOf(watch.configFile, holds.watched)
    if (version !== null && version !== taken && version === seen) {
      taken = version
      await take()
    }
    seen = version
    if (!isClosed) timer = setTimeout(look, lookEveryMs)
  }

  async function take(): Promise<void> {
    try {
      const read = await watch.read()
      const isNew = textOf(read) !== textOf(holds)
      holds = read
      if (!isClosed && isNew) watch.changed(read)
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

const textOf = ({ rules, tables, file, driftIgnoreTexts }: LoadedRules): string =>
  JSON.stringify([{ ...rules.set, driftIgnores: driftIgnoreTexts }, tables, file])

/** Null while the configuration file is away, which is how a file looks that is being replaced. */
async function versionsOf(configFile: string | null, files: readonly string[]): Promise<string | null> {
  const config = configFile === null ? '' : await versionOf(configFile)
  if (config === null) return null
  const others = await Promise.all(files.map(versionOf))
  return [config, ...others.map((version) => version ?? 'none')].join('\n')
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
