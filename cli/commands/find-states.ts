import { readdirSync } from 'node:fs'
import path from 'node:path'

/** Folders below the first one that are looked into. */
const maxDepth = 6
/** Directory entries looked at; a search for a suggestion needs no more. */
const maxEntries = 20_000
/** Hold other people's states, or none. */
const skipped = new Set(['node_modules', '.git', '.cache', '.terraform'])

export interface FoundStates {
  /** How many Terraform state files were found. */
  readonly count: number
  /** The deepest folder that holds all of them, relative to where the search began: `.` or `infra/prod`. */
  readonly folder: string
}

/** Looks for Terraform states below a folder; null when there are none. Folders that may not be read are passed over. */
export function findStates(below: string): FoundStates | null {
  const folders: string[] = []
  let left = maxEntries
  const look = (relative: string, depth: number): void => {
    for (const entry of entriesOf(path.join(below, relative))) {
      if (left-- <= 0) return
      const name = path.join(relative, entry.name)
      if (entry.isDirectory() && depth < maxDepth && !isSkipped(entry.name)) look(name, depth + 1)
      else if (entry.isFile() && entry.name.endsWith('.tfstate')) folders.push(relative)
    }
  }
  look('.', 0)
  return folders.length === 0 ? null : { count: folders.length, folder: commonFolder(folders) }
}

const isSkipped = (name: string): boolean => skipped.has(name) || name.startsWith('.vaino')

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    // A suggestion is looked for: what may not be read is not suggested, and the user can name it.
    return []
  }
}

function commonFolder(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => folder.split(path.sep))
  const isShared = (at: number) => others.every((parts) => parts[at] === first[at])
  let length = 0
  while (length < first.length && isShared(length)) length++
  return first.slice(0, length).join('/') || '.'
}
