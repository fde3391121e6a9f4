import { afterAll, beforeAll, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runProgram } from '../../cli/test-cli.ts'
import { repository } from '../lanes.ts'
import { smokeTests } from './smoke.case.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'vaino-npm-'))
const [clone, prefix, elsewhere, bin] = ['clone', 'prefix', 'elsewhere', 'bin'].map((name) =>
  path.join(folder, name),
) as [string, string, string, string]

/** npm as a user calls it. What it prints on its standard error is for people. */
const npm = (args: readonly string[], cwd: string): string =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], {
    cwd,
    encoding: 'utf8',
  })

/** A copy in which `npm pack` may write, with the packages of this clone. */
function copyOfTheClone(): void {
  const left = new Set(['node_modules', '.git', '.cache', 'test', 'bench', 'dist'])
  cpSync(repository, clone, {
    recursive: true,
    filter: (file) => !left.has(path.relative(repository, file)) && !path.basename(file).startsWith('.vaino'),
  })
  symlinkSync(path.join(repository, 'node_modules'), path.join(clone, 'node_modules'))
}

/** @returns the package that this clone makes; `scripts/release` has made its own */
function packed(): string {
  copyOfTheClone()
  npm(['pack', '--pack-destination', folder], clone)
  return path.join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '')
}

beforeAll(() => {
  for (const made of [prefix, elsewhere, bin]) mkdirSync(made)
  npm(['install', '--global', '--prefix', prefix, process.env.VAINO_PACKAGE ?? packed()], elsewhere)
  // What the launcher may use. Neither npm nor Node: what it starts is in the package.
  for (const tool of ['sh', 'readlink']) symlinkSync(Bun.which(tool) ?? '', path.join(bin, tool))
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const command = (...args: string[]) => ['env', `PATH=${bin}`, path.join(prefix, 'bin/vaino'), ...args]
smokeTests(() => ({ folder: elsewhere, inside: `${elsewhere}/`, command }))

test('the package has what runs and no test, and brings its manual page', async () => {
  const installed = path.join(prefix, 'lib/node_modules/vaino')
  const files = (readdirSync(installed, { recursive: true }) as string[]).filter(
    (file) => !file.startsWith('node_modules'),
  )
  expect(files.filter((file) => /\.(test|case)\.ts$|(^|\/)test-|^(test|bench|scripts)(\/|$)/.test(file))).toEqual([])
  expect(readdirSync(path.join(prefix, 'share/man/man1'))).toEqual(['vaino.1'])
})

test('`npx vaino` starts it where it is a dependency', async () => {
  mkdirSync(path.join(elsewhere, 'node_modules/.bin'), { recursive: true })
  symlinkSync(path.join(prefix, 'lib/node_modules/vaino'), path.join(elsewhere, 'node_modules/vaino'))
  symlinkSync('../vaino/vaino', path.join(elsewhere, 'node_modules/.bin/vaino'))
  const { code, stdout } = await runProgram(['npx', '--no-install', 'vaino', 'version'], { cwd: elsewhere })
  expect(code).toBe(0)
  expect(stdout).toStartWith('vaino ')
})
