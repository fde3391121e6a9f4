import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../../../model/errors.ts'
import { ProviderError } from '../provider/provider-error.ts'
import { parseHcl } from './hcl.ts'
import { addressesOf } from './provider-hosts.ts'

/** What a root module is locked to. */
export interface Lock {
  readonly file: string
  readonly version: string
  /** `h1:…`, one for each platform that it was made for; OpenTofu's rewriting may leave none. */
  readonly hashes: readonly string[]
}

/**
 * The entry of a provider in a root module's `.terraform.lock.hcl`; null where there is none.
 * @throws ProviderError where the file is there and can't be read
 */
export async function readLock(rootModule: string, address: string): Promise<Lock | null> {
  const file = path.join(rootModule, '.terraform.lock.hcl')
  try {
    const { blocks } = parseHcl(await readFile(file, 'utf8'))
    const entries = blocks.filter(({ type }) => type === 'provider')
    for (const name of addressesOf(address)) {
      const found = entries.find(({ labels }) => labels[0] === name)?.body.attributes
      const version = found?.get('version')
      if (found === undefined || typeof version !== 'string') continue
      const hashes = found.get('hashes')
      return { file, version, hashes: Array.isArray(hashes) ? hashes.filter(isFolderHash) : [] }
    }
    return null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new ProviderError('wrong_hash', `${file} could not be read: ${messageOf(error)}`, {
      hint: 'It says which provider is the right one. `terraform init` writes it anew once it is removed.',
      cause: error,
    })
  }
}

/** `zh:` is of a zip file, which isn't here. */
const isFolderHash = (hash: unknown): hash is string => typeof hash === 'string' && hash.startsWith('h1:')
