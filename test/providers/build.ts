import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { needs } from '../lanes.ts'
import { cacheFolder, madeOnce } from '../made-once.ts'

/** Cold, with all modules to fetch and 2 CPU minutes to compile; a rebuild takes seconds. */
const buildTimeoutMs = 900_000
const toyVersion = '1.0.0'

const sources = fileURLToPath(new URL('toy', import.meta.url))

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
  built ??= madeOnce(folderOf(), build)
  return built
}

function build(folder: string): void {
  for (const type of ['toy', 'time'] as const)
    go(['build', '-trimpath', '-ldflags', '-s -w', '-o', toyBinary(folder, type), providers[type].program])
  const other = toyBinary(folder, 'toy5')
  mkdirSync(path.dirname(other), { recursive: true })
  // One program: it serves the protocol that its name asks for.
  linkSync(toyBinary(folder, 'toy'), other)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${toyMirror()}\n`)
