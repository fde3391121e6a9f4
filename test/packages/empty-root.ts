import { execFileSync } from 'node:child_process'
import { cpSync, linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { repository } from '../lanes.ts'
import type { Installed } from './smoke.case.ts'

/** A file system with a program, the C library that it is linked with, `/tmp`, `/proc` and nothing else: no shell, no Node, no npm. It shares the network with this machine. */
export interface EmptyRoot extends Installed, Disposable {}

/** The shared libraries that a program asks for, as `ldd` resolves them. */
const librariesOf = (program: string): readonly string[] =>
  execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+\.so\S*/g) ?? []

/** Its own mounts and processes; one who isn't root becomes it there. */
const namespaces = [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  ...['--mount', '--pid', '--fork', '--kill-child'],
]
const enter = 'mount -t proc proc "$0/proc" && exec chroot "$0" /bin/vaino "$@"'

/** Whether this machine lets one have namespaces of one's own. */
export function mayHaveNamespaces(): boolean {
  try {
    execFileSync(namespaces[0] ?? '', [...namespaces.slice(1), 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Native codecs of Kafka, which need more of the system than the program itself. */
const codecs = (): readonly string[] =>
  ['snappy', 'lz4-napi'].flatMap((name) => {
    const scope = name === 'snappy' ? '@napi-rs/snappy' : '@antoniomuso/lz4-napi'
    const file = `${scope}-linux-${process.arch}-gnu/${name}.linux-${process.arch}-gnu.node`
    return librariesOf(path.join(repository, 'node_modules', file))
  })

/** Lays the libraries of Kafka's codecs there: libgcc, and what glibc once kept apart. */
export function addCodecLibraries({ folder }: EmptyRoot): void {
  for (const library of new Set(codecs())) cpSync(library, path.join(folder, library), { dereference: true })
}

/** @param program the path of the program, which is `/bin/vaino` there */
export function emptyRoot(program: string): EmptyRoot {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-root-'))
  for (const made of ['bin', 'tmp', 'proc']) mkdirSync(path.join(folder, made))
  linkSync(program, path.join(folder, 'bin/vaino'))
  for (const library of librariesOf(program)) cpSync(library, path.join(folder, library), { dereference: true })
  return {
    folder,
    inside: '/',
    command: (...args) => [...namespaces, 'sh', '-c', enter, folder, ...args],
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
