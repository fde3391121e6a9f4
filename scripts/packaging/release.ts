import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { makeProgram, type Target } from './program.ts'

const root = path.resolve(import.meta.dirname, '../..')
const dist = path.join(root, 'dist')
const kinds = ['linux-x64', 'linux-arm64'] as const
type Kind = Target['name']

/** Bun's package for a target, and `e_machine` of its ELF header. */
const platforms: Readonly<Record<Kind, { readonly bun: string; readonly machine: number; readonly cpu: string }>> = {
  'linux-x64': { bun: 'bun-linux-x64', machine: 0x3e, cpu: 'x64' },
  'linux-arm64': { bun: 'bun-linux-aarch64', machine: 0xb7, cpu: 'arm64' },
}

const say = (text: string): void => void process.stdout.write(`release: ${text}\n`)
const run = (
  command: string,
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
): string =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })

/** A copy of the sources with the packages that the lock file names for a target: native code is of that target. */
function sourcesFor(kind: Kind, folder: string): void {
  const left = new Set(['node_modules', '.git', '.cache', 'dist', 'test', 'bench'])
  cpSync(root, folder, { recursive: true, filter: (file) => !left.has(path.relative(root, file)) })
  // The pages of the copy are built by the runtime of this machine.
  const flags = ['--omit=dev', '--ignore-scripts', '--os=linux', `--cpu=${platforms[kind].cpu}`, '--libc=glibc']
  run('npm', ['ci', ...flags, '--no-audit', '--no-fund', '--loglevel=error'], folder)
}

async function makeProgramFor(kind: Kind): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-release-'))
  const outfile = path.join(dist, `vaino-${kind}`)
  try {
    sourcesFor(kind, folder)
    const { bun, machine } = platforms[kind]
    await makeProgram(folder, { name: kind, bun: path.join(folder, 'node_modules/@oven', bun, 'bin/bun') }, outfile)
    const made = readFileSync(outfile).readUInt16LE(18)
    if (made !== machine) throw new Error(`${outfile} is for machine ${made}, not ${machine}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const tests = 'test/packages/program.package.test.ts'
  if (kind !== `linux-${process.arch}`) return say(`${kind}: made; not run on this ${process.arch} machine`)
  run(process.execPath, ['test', '--timeout=120000', tests], root, { VAINO_PROGRAM: outfile })
  say(`${kind}: made, and tried on an empty file system`)
}

function makePackage(): void {
  run('npm', ['pack', '--pack-destination', dist, '--loglevel=error'], root)
  // Beside the sources it would stand in for the one that fits them, from the next edit on.
  rmSync(path.join(root, 'connectors/aws/sdk/bundle'), { recursive: true, force: true })
  const tarball = readdirSync(dist).find((name) => name.endsWith('.tgz')) ?? ''
  run(process.execPath, ['test', '--timeout=120000', 'test/packages/npm.package.test.ts'], root, {
    VAINO_PACKAGE: path.join(dist, tarball),
  })
  say(`${tarball}: made, installed elsewhere and tried`)
}

function writeSums(): void {
  const names = readdirSync(dist).filter((name) => name !== 'SHA256SUMS')
  const lines = names.toSorted().map((name) => {
    const sum = createHash('sha256')
      .update(readFileSync(path.join(dist, name)))
      .digest('hex')
    return `${sum}  ${name}\n`
  })
  writeFileSync(path.join(dist, 'SHA256SUMS'), lines.join(''))
  process.stdout.write(lines.join(''))
}

const [wanted] = process.argv.slice(2)
const chosen = kinds.filter((kind) => wanted === undefined || kind === wanted)
if (chosen.length === 0) throw new Error(`${wanted} is none of ${kinds.join(', ')}`)
rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
for (const kind of chosen) await makeProgramFor(kind)
if (wanted === undefined) {
  makePackage()
  for (const file of ['docs/vaino.1', 'deploy/systemd/vaino.service'])
    cpSync(path.join(root, file), path.join(dist, path.basename(file)))
}
writeSums()
