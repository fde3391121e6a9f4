import { statSync } from 'node:fs'
import path from 'node:path'
import type { ComparisonTable } from '../../model/comparison-tables.ts'
import { parseDriftIgnore } from '../../model/driftignore.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { compileRules, type Rules, type ScopedDriftIgnore } from '../../model/rules.ts'
import type { LoadedConfig } from '../config/load.ts'
import { readRegularFile } from '../config/regular-file.ts'
import { driftIgnorePlaces } from './driftignore-files.ts'
import { type ReadRules, readRules } from './read-rules.ts'

const maxBytes = 1 << 20

/** The rules that hold, and where they come from. */
export interface LoadedRules {
  readonly rules: Rules
  /** What is compared how: `compare` of the configuration, and what rules.yaml adds. */
  readonly tables: readonly ComparisonTable[]
  /** The rules.yaml that was read; null where there is none. */
  readonly file: string | null
  /** Where an ignore rule stands, by its name. */
  readonly places: ReadonlyMap<string, string>
  /** The text of each `.driftignore`, by its name: whether rules have changed is seen by what they say. */
  readonly driftIgnoreTexts: Readonly<Record<string, string>>
  /** Every file that was read or would be if it were there. */
  readonly watched: readonly string[]
}

const nothing: ReadRules = { set: { ignore: [], severity: [], owner: [] }, tables: [], places: new Map() }

/**
 * Reads the rules file that a configuration names, or that lies beside it, and each `.driftignore`.
 * @param folder that vaino is started in
 * @throws VainoError `bad_config` with everything that is wrong in it, or where a named file can't be read
 */
export function loadRules({ config, file }: Pick<LoadedConfig, 'config' | 'file'>, folder: string): LoadedRules {
  const named = config.rules
  const beside = path.join(path.dirname(file ?? 'vaino.yaml'), 'rules.yaml')
  const shown = named ?? beside
  const absolute = path.resolve(folder, shown)
  const text = named === undefined && !isThere(absolute) ? null : readText(absolute, shown)
  const { set, tables, places } = text === null ? nothing : readRules(text, shown)
  const ignores = driftIgnorePlaces(config, folder)
  const found = ignores.filter((place) => isThere(place.path))
  const texts = found.map((place) => readText(place.path, place.file))
  const driftIgnores = found.map(({ file, covers }, at): ScopedDriftIgnore => {
    return { file, covers, ignore: parseDriftIgnore(texts[at] ?? '', file) }
  })
  return {
    rules: compileRules({ ...set, driftIgnores }),
    tables: [...config.compare, ...tables],
    file: text === null ? null : shown,
    places,
    driftIgnoreTexts: Object.fromEntries(found.map((place, at) => [place.file, texts[at] ?? ''])),
    watched: [absolute, ...ignores.map((place) => place.path)],
  }
}

const isThere = (file: string): boolean => statSync(file, { throwIfNoEntry: false }) !== undefined

function readText(absolute: string, shown: string): string {
  try {
    return readRegularFile(absolute, 'a file of rules', maxBytes)
  } catch (cause) {
    throw new VainoError('bad_config', `${shown} cannot be read: ${messageOf(cause)}`, {
      cause,
      hint: 'Rules are a regular file in UTF-8; `rules` in vaino.yaml says which.',
    })
  }
}
