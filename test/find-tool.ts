import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first of these programs on the PATH, or the one that a variable names. @returns null where there is none */
export const find = (names: readonly string[], override?: string): string | null => {
  if (override) return isExecutable(override) ? override : null
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '')
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable) ?? null
}

/** Deno's executable as npm installs it, without the script in between: a signal must reach Deno itself. */
export const denoPackage = (repository: string): string | null => {
  const folder = path.join(repository, 'node_modules/@deno')
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.map((name) => path.join(folder, name, 'deno')).find(isExecutable) ?? null
}

/** A folder of Terraform providers that has this one, unpacked: of TF_PLUGIN_MIRROR, or one of the usual places. */
export function findMirror(provider: string): string | null {
  const { TF_PLUGIN_MIRROR, TF_PLUGIN_CACHE_DIR } = process.env
  const usual = ['/usr/share/terraform/plugins', '/usr/local/share/terraform/plugins']
  const own = path.join(os.homedir(), '.terraform.d/plugins')
  const optional = existsSync('/opt') ? readdirSync('/opt').map((name) => path.join('/opt', name)) : []
  return (
    [TF_PLUGIN_MIRROR, TF_PLUGIN_CACHE_DIR, own, ...usual, ...optional]
      .filter((folder) => folder !== undefined)
      .find((folder) => folder !== '' && existsSync(path.join(folder, provider))) ?? null
  )
}
