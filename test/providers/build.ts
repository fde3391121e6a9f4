import { linkSync, mkdirSync, readdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runGo, sourceHash } from '../go.ts'
import { cacheFolder, madeOnce } from '../made-once.ts'

/** Cold, with all modules to fetch and 2 CPU minutes to compile; a rebuild takes seconds. */
const buildTimeoutMs = 900_000
const toyVersion = '1.0.0'

const sources = fileURLToPath(new URL('toy', import.meta.url))

/** Go's name of this machine, as providers' folders carry it. */
const goPlatform = `${os.platform() === 'win32' ? 'windows' : os.platform()}_${os.arch() === 'x64' ? 'amd64' : os.arch()}`

const go = (args: readonly string[]): string => runGo(sources, args, buildTimeoutMs)

/** Other sources or another Go are another folder. */
const folderOf = (): string =>
  path.join(
    cacheFolder,
    `toy-${toyVersion}-${sourceHash(readdirSync(sources).map((name) => path.join(sources, name)))}`,
  )

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
