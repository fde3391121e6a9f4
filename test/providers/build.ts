import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { needs, repository } from '../lanes.ts'

/** Cold, with all modules to fetch and 2 CPU minutes to compile; a rebuild takes seconds. */
const buildTimeoutMs = 900_000
const toyVersion = '1.0.0'

const sources = fileURLToPath(new URL('toy', import.meta.url))
const cacheFolder = process.env.XDG_CACHE_HOME ? path.join(process.env.XDG_CACHE_HOME, 'vaino') : `${repository}/.cache`

/** Go's name of this machine, as providers' folders carry it. */
const goPlatform = `${os.platform() === 'win32' ? 'windows' : os.platform()}_${os.arch() === 'x64' ? 'amd64' : os.arch()}`

function go(args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(needs.go.found ?? 'go', args, {
    cwd: sources,
    env: { ...process.env, GOFLAGS: '-mod=mod -buildvcs=false', CGO_ENABLED: '0', GOWORK: 'off' },
    encoding: 'utf8',
    timeout: buildTimeoutMs,
  })
  if (status !== 0) throw new Error(`go ${args[0]} failed: ${error?.message ?? `${stdout}${stderr}`.slice(-2000)}`)
  return stdout
}

/** Other sources or another Go are another folder. */
function folderOf(): string {
  const hash = createHash('sha256').update(go(['version']))
  for (const name of readdirSync(sources).toSorted()) hash.update(name).update(readFileSync(path.join(sources, name)))
  return path.join(cacheFolder, `toy-${toyVersion}-${hash.digest('hex').slice(0, 8)}`)
}

/** The providers of the mirror: two of our own, and one of HashiCorp's that reads nothing. */
const providers = {
  toy: { source: 'vaino.test/vaino/toy', version: toyVersion, program: '.' },
  toy5: { source: 'vaino.test/vaino/toy5', version: toyVersion },
  time: {
    source: 'registry.terraform.io/hashicorp/time',
    version: '0.13.1',
    program: 'github.com/hashicorp/terraform-provider-time',
  },
} as const

/** Where the binary of one of the providers lies in the mirror. */
export function toyBinary(mirror: string, type: keyof typeof providers): string {
  const { source, version } = providers[type]
  return path.join(mirror, source, version, goPlatform, `terraform-provider-${type}_v${version}`)
}

let built: string | undefined

/**
 * The folder of a filesystem mirror with our providers `vaino.test/vaino/toy` (protocol 6) and `…/toy5` (protocol 5), and
 * with `hashicorp/time`; Go builds them the first time. Several processes may ask at once: the folder appears complete or not at all.
 */
export function toyMirror(): string {
  built ??= buildOnce(folderOf())
  return built
}

function buildOnce(folder: string): string {
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder, { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    for (const type of ['toy', 'time'] as const)
      go(['build', '-trimpath', '-ldflags', '-s -w', '-o', toyBinary(partial, type), providers[type].program])
    const other = toyBinary(partial, 'toy5')
    mkdirSync(path.dirname(other), { recursive: true })
    // One program: it serves the protocol that its name asks for.
    linkSync(toyBinary(partial, 'toy'), other)
    if (!existsSync(folder)) renameSync(partial, folder)
    return folder
  } catch (error) {
    // Another process was first.
    if (error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') return folder
    throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${toyMirror()}\n`)
