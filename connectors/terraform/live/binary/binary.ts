import { stat } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../../../model/errors.ts'
import type { KeptFiles } from '../kept-files.ts'
import type { Binary, BinaryPlaces } from '../provider/provider.ts'
import { ProviderError } from '../provider/provider-error.ts'
import { configuredFolders } from './cli-configuration.ts'
import { folderHash } from './folder-hash.ts'
import { type Lock, readLock } from './lock-file.ts'
import { executableIn, type Found, newestFirst, platform, versionsIn } from './mirror.ts'

/**
 * Finds a provider's program on this disk; nothing is ever downloaded. It is of the version that the root module's lock file names, and has a hash
 * that stands there; without an entry in a lock file it is the newest version of the first place that has one.
 * @param address `registry.terraform.io/hashicorp/aws`; the two public registries are one
 * @param kept hashes of binaries that earlier processes worked out
 * @throws ProviderError `no_binary` with the places that were looked into, `wrong_hash`
 */
export async function findBinary(
  address: string,
  places: BinaryPlaces,
  signal: AbortSignal,
  kept: KeptFiles | null = null,
): Promise<Binary> {
  const lock = places.rootModule === null ? null : await readLock(places.rootModule, address)
  const { folders, problems } = await foldersOf(address, places)
  const packed: Found[] = []
  const refused: string[] = []
  const others = new Set<string>()
  for (const folder of folders) {
    const found = await versionsIn(folder, address).catch((error): Found[] => {
      problems.push(`${folder} (${messageOf(error)})`)
      return []
    })
    for (const one of found.toSorted((a, b) => newestFirst(a.version, b.version))) {
      signal.throwIfAborted()
      if (lock !== null && one.version !== lock.version) others.add(one.version)
      else if (one.isPacked) packed.push(one)
      else {
        const binary = await binaryOf(one, { address, lock, kept }, signal)
        if (binary !== null) return binary
        refused.push(one.path)
      }
    }
  }
  if (refused.length > 0 && lock !== null) throw wrongHash(address, lock, refused)
  throw notFound(address, { lock, packed: packed[0] ?? null, others, folders, problems })
}

/** In the order in which they are looked into, each once. */
async function foldersOf(address: string, { rootModule, providers, environment }: BinaryPlaces) {
  const configured = await configuredFolders(address, rootModule, environment)
  const data = environment.TF_DATA_DIR || '.terraform'
  const own = rootModule === null ? [] : [path.resolve(rootModule, data, 'providers')]
  const all = [...providers, ...own, ...configured.folders].map((folder) => path.resolve(rootModule ?? '', folder))
  return { folders: [...new Set(all)], problems: [...configured.problems] }
}

/** null where its hash is none of the lock file's. */
async function binaryOf(
  found: Found,
  { address, lock, kept }: { address: string; lock: Lock | null; kept: KeptFiles | null },
  signal: AbortSignal,
): Promise<Binary | null> {
  const file = await executableIn(found.path, address.split('/').at(-1) ?? '')
  if (file === null || !(await stat(file)).isFile()) return null
  const hashes = lock?.hashes ?? []
  const hash =
    hashes.length === 0 ? null : await folderHash(found.path, signal, { kept, isRight: (one) => hashes.includes(one) })
  if (hash !== null && !hashes.includes(hash)) return null
  return { address, version: found.version, path: file, hash }
}

const wrongHash = (address: string, lock: Lock, refused: readonly string[]): ProviderError =>
  new ProviderError(
    'wrong_hash',
    `${refused.join(' and ')}: not the ${address} ${lock.version} whose hashes ${lock.file} has`,
    {
      hint: `Run \`terraform init\` in ${path.dirname(lock.file)}; if the file was locked on another kind of machine, \`terraform providers lock -platform=${platform}\`.`,
    },
  )

interface Search {
  readonly lock: Lock | null
  readonly packed: Found | null
  readonly others: ReadonlySet<string>
  readonly folders: readonly string[]
  readonly problems: readonly string[]
}

function notFound(address: string, { lock, packed, others, folders, problems }: Search): ProviderError {
  const wanted = `${address}${lock === null ? '' : ` ${lock.version}`} for ${platform}`
  if (packed !== null) {
    const target = path.join(path.dirname(packed.path), packed.version, platform)
    return new ProviderError('no_binary', `${wanted} is only there packed, as ${packed.path}`, {
      hint: `Unpack it: unzip ${packed.path} -d ${target}. Or run \`terraform init\` in the root module.`,
    })
  }
  const instead = others.size === 0 ? '' : `; there are ${[...others].toSorted(newestFirst).join(', ')}`
  const unread = problems.length === 0 ? '' : `; could not be read: ${problems.join(', ')}`
  return new ProviderError('no_binary', `${wanted} was not found in ${folders.join(', ')}${instead}${unread}`, {
    hint: 'Run `terraform init` in the root module, or name a folder of providers under `live: providers:`. vaino downloads none.',
  })
}
