import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { backendSource } from '../../connectors/terraform/places/backend.ts'

/** Folders below the first one that are looked into. */
const maxDepth = 6
/** Directory entries looked at; a search for a suggestion needs no more. */
const maxEntries = 20_000
/** Folders with a configuration whose backend is looked for. */
const maxModules = 500
/** Hold other people's states, or none. */
const skipped = new Set(['node_modules', '.git', '.cache', '.terraform'])

export interface FoundStates {
  /** How many Terraform state files were found. */
  readonly count: number
  /** The deepest folder that holds all of them: `.`, `./infra/prod`, or an absolute path. */
  readonly folder: string
}

export interface FoundBackend {
  /** The root module, relative to where the search began. */
  readonly folder: string
  /** As Terraform calls it: `s3`. */
  readonly type: string
  /** What reads its state, `terraform:s3://…`; empty where nothing does. */
  readonly source: string
}

export interface FoundTerraform {
  /** Null: there are none. */
  readonly states: FoundStates | null
  readonly backends: readonly FoundBackend[]
  /** Providers that `terraform init` has put below `.terraform/providers`, `hashicorp/aws 5.100.0`, each once. */
  readonly providers: readonly string[]
  /** False: there is more than was looked at. */
  readonly isWhole: boolean
}

/**
 * Looks below a folder for Terraform states, for root modules whose state is kept elsewhere, and for installed providers. Reads names of files and
 * backend blocks, never a state. Folders that may not be read are passed over.
 */
export async function findTerraform(below: string): Promise<FoundTerraform> {
  const { stateFolders, modules, isWhole } = walk(below)
  const backends: FoundBackend[] = []
  for (const folder of modules.slice(0, maxModules)) {
    const found = await backendSource(path.join(below, folder))
    const source = found?.type === 'local' ? localSource(below, found.source) : (found?.source ?? '')
    if (found !== null && source !== null) backends.push({ folder, type: found.type, source })
  }
  return {
    states: stateFolders.length === 0 ? null : { count: stateFolders.length, folder: commonFolder(stateFolders) },
    backends,
    providers: [...new Set(modules.flatMap((folder) => providersIn(path.join(below, folder))))].sort(),
    isWhole: isWhole && modules.length <= maxModules,
  }
}

/** Null for a local state that is found as a file below the folder, or is not written yet. */
function localSource(below: string, source: string): string | null {
  const file = source.slice('terraform:'.length)
  const relative = path.relative(below, file)
  const isFound = relative.endsWith('.tfstate') && !relative.startsWith('..')
  if (isFound || !existsSync(file)) return null
  return `terraform:${relative.startsWith('..') ? relative : `./${relative}`}`
}

/** The folders of states, one for each state, and those that hold a configuration. */
function walk(below: string) {
  const [stateFolders, modules]: [string[], string[]] = [[], []]
  let left = maxEntries
  const look = (relative: string, depth: number): void => {
    let isModule = false
    for (const entry of entriesOf(path.join(below, relative))) {
      if (left-- <= 0) return
      const name = path.join(relative, entry.name)
      if (entry.name === '.terraform' || /\.(?:tf|tofu)$/.test(entry.name)) isModule = true
      if (entry.isDirectory() && depth < maxDepth && !isSkipped(entry.name)) look(name, depth + 1)
      else if (entry.isFile() && entry.name.endsWith('.tfstate')) stateFolders.push(relative)
    }
    if (isModule) modules.push(relative)
  }
  look('.', 0)
  return { stateFolders, modules: modules.toSorted(), isWhole: left >= 0 }
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

/** `.terraform/providers/HOST/NAMESPACE/NAME/VERSION` */
function providersIn(module: string): string[] {
  const top = path.join(module, '.terraform/providers')
  if (!existsSync(top)) return []
  const levels = ['host', 'namespace', 'name', 'version']
  const paths = levels.reduce<string[][]>(
    (above, _) => above.flatMap((parts) => entriesOf(path.join(top, ...parts)).map(({ name }) => [...parts, name])),
    [[]],
  )
  return paths.map(([, namespace, name, version]) => `${namespace}/${name} ${version}`)
}

function commonFolder(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => folder.split(path.sep))
  const isShared = (at: number) => others.every((parts) => parts[at] === first[at])
  let length = 0
  while (length < first.length && isShared(length)) length++
  const common = first.slice(0, length).join('/')
  return common === '' || common === '.' ? '.' : `./${common}`
}
