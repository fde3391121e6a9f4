import { readdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { addressesOf } from './provider-hosts.ts'

/** One version of a provider in a folder of providers: unpacked, or a zip file that nobody unpacked. */
export interface Found {
  readonly version: string
  /** The folder of the unpacked version; the zip file of the packed one. */
  readonly path: string
  readonly isPacked: boolean
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }
/** This machine as the folders of providers name it: `linux_amd64`. */
export const platform = `${os.platform()}_${architectures[os.arch()] ?? os.arch()}`

/**
 * The versions of a provider for this machine in a folder laid out as Terraform's mirrors, caches and `.terraform/providers` are:
 * `HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/terraform-provider-TYPE_vVERSION`, or `HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_OS_ARCH.zip`.
 */
export async function versionsIn(folder: string, address: string): Promise<Found[]> {
  const type = address.split('/').at(-1) ?? ''
  const packed = new RegExp(`^terraform-provider-${RegExp.escape(type)}_(.+)_${RegExp.escape(platform)}\\.zip$`)
  const found: Found[] = []
  for (const name of addressesOf(address)) {
    const root = path.join(folder, name)
    for (const entry of await namesIn(root)) {
      const version = packed.exec(entry)?.[1]
      if (version !== undefined) found.push({ version, path: path.join(root, entry), isPacked: true })
      else if ((await executableIn(path.join(root, entry, platform), type)) !== null)
        found.push({ version: entry, path: path.join(root, entry, platform), isPacked: false })
    }
  }
  return found
}

/** The program in the folder of an unpacked version. */
export async function executableIn(folder: string, type: string): Promise<string | null> {
  const names = await namesIn(folder)
  const isProvider = new RegExp(`^terraform-provider-${RegExp.escape(type)}(?:_.*)?$`)
  const name = names.toSorted().find((one) => isProvider.test(one) && !one.endsWith('.zip'))
  return name === undefined ? null : path.join(folder, name)
}

/** The names in a folder; none where it isn't there. @throws where it may not be read */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** The newer of two versions first; a pre-release before its release. */
export function newestFirst(a: string, b: string): number {
  const [partsA, partsB] = [a, b].map(versionParts) as [VersionParts, VersionParts]
  for (const at of [0, 1, 2])
    if (partsA.numbers[at] !== partsB.numbers[at]) return (partsB.numbers[at] ?? 0) - (partsA.numbers[at] ?? 0)
  if (partsA.rest === partsB.rest) return 0
  if (partsA.rest === '' || partsB.rest === '') return partsA.rest === '' ? -1 : 1
  return partsA.rest < partsB.rest ? 1 : -1
}

interface VersionParts {
  readonly numbers: readonly number[]
  readonly rest: string
}

function versionParts(version: string): VersionParts {
  const [, numbers = '', rest = ''] = /^(\d+(?:\.\d+)*)(?:-(.*))?$/.exec(version) ?? []
  return { numbers: numbers.split('.').map(Number), rest }
}
