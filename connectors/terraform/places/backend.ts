import { readdir, readFile, stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { parseWhere } from '../where.ts'

/** A larger file is no configuration that somebody wrote. */
const maxFileBytes = 1 << 20
const maxFiles = 200

type Settings = Readonly<Record<string, unknown>>

interface Backend {
  readonly type: string
  readonly settings: Settings
}

/**
 * The source that reads the state of a root module whose state is kept elsewhere: `terraform:s3://…`. From what `terraform init` has
 * noted, which knows values that were given to it, else from the backend block, where its values are written out.
 * @returns null for a folder without a backend; an empty source for one that no source reads
 */
export async function backendSource(
  folder: string,
): Promise<{ readonly type: string; readonly source: string } | null> {
  const backend = (await initialised(folder)) ?? (await written(folder))
  if (backend === null) return null
  const { type, settings } = backend
  const text = (name: string): string | null => {
    const value = settings[name]
    return typeof value === 'string' && value !== '' ? value : null
  }
  const make = sources[type]
  return { type, source: make?.(text, folder) ?? '' }
}

const sources: Readonly<Record<string, (text: (name: string) => string | null, folder: string) => string | null>> = {
  s3(text) {
    const [bucket, key, region] = ['bucket', 'key', 'region'].map(text)
    if (bucket == null || key == null) return null
    const query = region == null ? '' : `?region=${encodeURIComponent(region)}`
    return `terraform:s3://${bucket}/${encodeURI(key)}${query}`
  },
  gcs(text) {
    const [bucket, prefix] = ['bucket', 'prefix'].map(text)
    return bucket == null
      ? null
      : `terraform:gs://${bucket}/${prefix == null ? '' : `${encodeURI(prefix.replace(/\/$/, ''))}/`}`
  },
  azurerm(text) {
    const [account, container, key] = ['storage_account_name', 'container_name', 'key'].map(text)
    if (account == null || container == null || key == null) return null
    return `terraform:azurerm://${account}/${container}/${encodeURI(key)}`
  },
  // With a block of its own, `cloud`; its workspace stands in a nested one, whose settings are read with its own.
  cloud: (text) => ofTfe(text('hostname'), text('organization'), text('name')),
  remote: (text) => ofTfe(text('hostname'), text('organization'), text('name')),
  http(text) {
    const address = text('address') ?? ''
    // Its password and its tokens may stand in the address; who reads the hint knows them.
    return /^https?:\/\//.test(address) && URL.canParse(address) ? `terraform:${parseWhere(address).name}` : null
  },
  local: (text, folder) => `terraform:${posix.resolve(folder, text('path') ?? 'terraform.tfstate')}`,
}

/** Without a workspace, all of the organization. */
const ofTfe = (hostname: string | null, organization: string | null, workspace: string | null): string | null =>
  organization === null ? null : `terraform:tfe://${hostname ?? 'app.terraform.io'}/${organization}/${workspace ?? ''}`

async function initialised(folder: string): Promise<Backend | null> {
  const text = await readSmall(posix.join(folder, '.terraform/terraform.tfstate'))
  if (text === null) return null
  try {
    const { backend } = JSON.parse(text) as { backend?: { type?: unknown; config?: unknown } }
    if (typeof backend?.type !== 'string' || typeof backend.config !== 'object') return null
    return { type: backend.type, settings: flat(backend.config as Settings | null) }
  } catch {
    // Terraform's own note is broken; the block says most of it too.
    return null
  }
}

/** Reads the block as far as a hint needs it: settings that are literal texts. */
async function written(folder: string): Promise<Backend | null> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(?:tf|tofu)$/.test(name))
  for (const name of names.slice(0, maxFiles)) {
    const text = (await readSmall(posix.join(folder, name)))?.replaceAll(/^\s*(?:#|\/\/).*$/gm, '')
    const [, header = '', named] = /^\s*(backend\s+"(\w+)"|cloud)\s*\{/m.exec(text ?? '') ?? []
    if (header !== '') return { type: named ?? 'cloud', settings: literals(bodyAfter(text ?? '', header)) }
  }
  return null
}

/** What stands between a block's braces, those of nested blocks included. */
function bodyAfter(text: string, header: string): string {
  const from = text.indexOf('{', text.indexOf(header)) + 1
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return text.slice(from, at)
  }
  return text.slice(from)
}

/** The settings of nested blocks (`workspaces`) beside those of the block itself. */
const flat = (settings: Settings | null): Settings =>
  Object.assign({}, settings, ...[settings?.workspaces].flat().filter((nested) => typeof nested === 'object'))

const literals = (body: string): Settings =>
  Object.fromEntries(
    [...body.matchAll(/^\s*(\w+)\s*=\s*"([^"\\$]*)"\s*$/gm)].map(([, name = '', value = '']) => [name, value]),
  )

async function readSmall(path: string): Promise<string | null> {
  try {
    const { size } = await stat(path)
    return size > maxFileBytes ? null : await readFile(path, 'utf8')
  } catch {
    // There is none, or it can't be read: nothing is known of a backend.
    return null
  }
}
