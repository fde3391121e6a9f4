import { readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { messageOf } from '../../../../model/errors.ts'
import { type HclBody, type HclValue, parseHcl } from './hcl.ts'
import { namesIn } from './mirror.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Folders of providers by what Terraform's and OpenTofu's own configuration says, and by what they look into without one. */
export interface ConfiguredFolders {
  readonly folders: readonly string[]
  /** Files that could not be understood, with the reason. */
  readonly problems: readonly string[]
}

/**
 * Reads where the user's Terraform takes providers from: the cache folder, the filesystem mirrors, or the implied ones where no mirror is named.
 * https://developer.hashicorp.com/terraform/cli/config/config-file
 * @param address of the provider: a mirror may be for some only
 */
export async function configuredFolders(
  address: string,
  rootModule: string | null,
  environment: Environment,
): Promise<ConfiguredFolders> {
  const home = environment.HOME ?? os.homedir()
  const caches: string[] = []
  const mirrors: string[] = []
  const problems: string[] = []
  let isExplicit = false
  if (environment.TF_PLUGIN_CACHE_DIR) caches.push(environment.TF_PLUGIN_CACHE_DIR)
  for (const file of await configurationFiles(environment, home)) {
    const body = await readConfiguration(file, problems)
    if (body === null) continue
    const cache = body.attributes.get('plugin_cache_dir')
    if (typeof cache === 'string') caches.push(expand(cache, environment))
    for (const { type, body: methods } of body.blocks) {
      if (type !== 'provider_installation') continue
      isExplicit = true
      mirrors.push(...mirrorsIn(methods, address).map((folder) => expand(folder, environment)))
    }
  }
  const implied = isExplicit ? [] : impliedMirrors(rootModule, environment, home)
  return { folders: [...caches, ...mirrors, ...implied], problems }
}

/** Without a name in the environment: those of Terraform and OpenTofu, and fragments beside them. */
async function configurationFiles(environment: Environment, home: string): Promise<string[]> {
  const named = environment.TF_CLI_CONFIG_FILE ?? environment.TERRAFORM_CONFIG
  if (named) return [named]
  const config = environment.XDG_CONFIG_HOME ?? path.join(home, '.config')
  const folder = path.join(home, '.terraform.d')
  const fragments = (await namesIn(folder)).filter((name) => name.endsWith('.tfrc'))
  return [
    ...['.terraformrc', '.tofurc'].map((name) => path.join(home, name)),
    path.join(config, 'opentofu/tofurc'),
    ...fragments.map((name) => path.join(folder, name)),
  ]
}

async function readConfiguration(file: string, problems: string[]): Promise<HclBody | null> {
  try {
    return parseHcl(await readFile(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(`${file} (${messageOf(error)})`)
    return null
  }
}

function mirrorsIn({ blocks }: HclBody, address: string): string[] {
  return blocks.flatMap(({ type, body: { attributes } }) => {
    const folder = attributes.get('path')
    if (type !== 'filesystem_mirror' || typeof folder !== 'string') return []
    const include = attributes.get('include')
    const isFor = include === undefined || matchesAny(include, address)
    return isFor && !matchesAny(attributes.get('exclude') ?? [], address) ? [folder] : []
  })
}

/** A pattern without a host is of Terraform's registry; a star stands for any part. */
function matchesAny(patterns: HclValue, address: string): boolean {
  const parts = address.split('/')
  return (Array.isArray(patterns) ? patterns : []).some((pattern) => {
    const wanted = String(pattern).split('/')
    const whole = wanted.length === 3 ? wanted : ['registry.terraform.io', ...wanted]
    return whole.length === parts.length && whole.every((part, at) => part === '*' || part === parts[at])
  })
}

/** `$HOME` and `${HOME}`, and `~` as a shell would have it. */
const expand = (folder: string, environment: Environment): string =>
  folder
    .replace(/^~(?=\/|$)/, environment.HOME ?? os.homedir())
    .replace(/\$(?:(\w+)|\{(\w+)\})/g, (_all, name, braced) => environment[name ?? braced] ?? '')

/** Where Terraform looks without being told. https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories */
function impliedMirrors(rootModule: string | null, environment: Environment, home: string): string[] {
  const own = [path.join(home, '.terraform.d/plugins')]
  const local = rootModule === null ? [] : [path.join(rootModule, 'terraform.d/plugins')]
  if (process.platform === 'darwin') {
    const support = 'Library/Application Support/io.terraform/plugins'
    return [...local, ...own, path.join(home, support), `/${support}`]
  }
  const data = environment.XDG_DATA_HOME ?? path.join(home, '.local/share')
  const shared = (environment.XDG_DATA_DIRS ?? '/usr/local/share:/usr/share').split(':')
  const folders = [data, ...shared].filter((folder) => folder !== '')
  return [
    ...local,
    ...own,
    ...folders.flatMap((folder) => ['terraform', 'opentofu'].map((app) => path.join(folder, app, 'plugins'))),
  ]
}
