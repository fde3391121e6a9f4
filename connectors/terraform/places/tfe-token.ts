import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, VainoError } from '../../../model/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The token for a host, where Terraform's command line looks for it: a variable of the host's name, the command line's configuration
 * file, the file that `terraform login` writes.
 * @throws VainoError `source_failed`; no message holds a token
 */
export async function tfeToken(host: string, env: Environment, home: string): Promise<string> {
  const variable = `TF_TOKEN_${host.replaceAll('-', '__').replaceAll(/[.:]/g, '_')}`
  const found =
    env[variable] ||
    inBlocks(await readIfThere(env.TF_CLI_CONFIG_FILE ?? join(home, '.terraformrc')), host) ||
    inJson(await readIfThere(join(home, '.terraform.d/credentials.tfrc.json')), host)
  if (found) return found
  throw new VainoError('source_failed', `cannot be asked for: there is no token for ${host}`, {
    hint: `Run \`terraform login ${host}\` as the user that runs vaino, or set ${variable}.`,
  })
}

/** `credentials "HOST" { token = "…" }` */
function inBlocks(text: string | null, host: string): string | null {
  for (const [, name, body = ''] of (text ?? '').matchAll(/^\s*credentials\s+"([^"]+)"\s*\{([^}]*)\}/gm)) {
    const token = /^\s*token\s*=\s*"([^"]+)"/m.exec(body)?.[1]
    if (name === host && token !== undefined) return token
  }
  return null
}

function inJson(text: string | null, host: string): string | null {
  if (text === null) return null
  try {
    const { credentials } = JSON.parse(text) as { credentials?: Record<string, { token?: unknown }> }
    const token = credentials?.[host]?.token
    return typeof token === 'string' ? token : null
  } catch {
    // Not repeated: the text holds tokens.
    throw new VainoError('source_failed', 'cannot be asked for: credentials.tfrc.json is no JSON', {
      hint: 'Run `terraform login` again.',
    })
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new VainoError('source_failed', `cannot be asked for: ${path} cannot be read (${messageOf(error)})`, {
      hint: 'Let the user that runs vaino read it.',
    })
  }
}
