import { expect, test } from 'bun:test'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { runtimeSettings } from '../runtime-settings.ts'
import { type Ran, root, stateOf, temporaryFolder } from '../test-cli.ts'

const launcher = ['vaino', 'cli/launcher', 'package.json', 'package-lock.json', 'bunfig.toml']

async function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** A clone of the last commit with the launcher as it is now; its path has spaces, which scripts love to trip over. */
function cloneTo(folder: string): string {
  const clone = path.join(folder, 'a fresh clone')
  const { status, stderr } = spawnSync('git', ['clone', '--quiet', root, clone], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  for (const part of launcher) cpSync(path.join(root, part), path.join(clone, part), { recursive: true })
  return clone
}

test('a fresh clone installs what is missing, once, and runs from anywhere', async () => {
  await using folder = await temporaryFolder()
  const clone = cloneTo(folder.path)
  const vaino = path.join(clone, 'vaino')
  // npm that runs no install scripts leaves a bun that only prints an error; the launcher makes it run all the same.
  const env = { npm_config_ignore_scripts: 'true', npm_config_prefer_offline: 'true' }
  const [first, second] = await Promise.all([
    run(vaino, ['version'], clone, env),
    run(vaino, ['version'], folder.path, env),
  ])
  for (const { code, stdout } of [first, second]) {
    expect(code).toBe(0)
    expect(stdout).toMatch(/^vaino \d+\.\d+\.\d+ \(bun /)
  }
  const told = first.stderr + second.stderr
  expect(told.match(/installing what is missing/g)).toHaveLength(1)
  expect(told.match(/installed in/g)).toHaveLength(1)

  const again = await run(vaino, ['version'], folder.path)
  expect(again).toMatchObject({ code: 0, stderr: '' })
  expect(await run(vaino, ['no-such-command'], clone)).toMatchObject({ code: 2 })

  const link = path.join(folder.path, 'linked')
  symlinkSync('a fresh clone/vaino', link)
  expect((await run(link, ['version'], '/')).stdout).toBe(first.stdout)

  // Nothing of the folder that one stands in is executed or read.
  const cwd = path.join(folder.path, 'somewhere')
  mkdirSync(cwd)
  writeFileSync(path.join(cwd, 'bunfig.toml'), 'preload = ["./evil.ts"]\n')
  writeFileSync(path.join(cwd, 'evil.ts'), 'console.log("EVIL")\n')
  writeFileSync(path.join(cwd, '.env'), 'VAINO_LISTEN=127.0.0.1:1\n')
  const shown = await run(vaino, ['config', 'show'], cwd)
  expect(shown.stdout).not.toContain('EVIL')
  expect(shown.stdout).toMatch(/^listen +127\.0\.0\.1:8420 +default$/m)

  // The launcher is replaced by what it starts, so a signal to its process reaches vaino.
  writeFileSync(path.join(cwd, 'app.tfstate'), stateOf({ a: 1 }))
  const up = spawn(vaino, ['up', '--source', 'terraform:app.tfstate', '--listen', '127.0.0.1:0'], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  for await (const text of up.stderr.setEncoding('utf8') as AsyncIterable<string>) {
    if (text.includes('vaino: listening on')) break
  }
  up.kill('SIGTERM')
  expect(((await once(up, 'exit')) as [number | null])[0]).toBe(0)

  // A lock file that asks for the same, but was touched, costs a look and no installation.
  writeFileSync(path.join(clone, 'package-lock.json'), readFileSync(path.join(clone, 'package-lock.json')))
  expect(await run(vaino, ['version'], clone)).toMatchObject({ code: 0, stderr: '' })
  const lockTime = statSync(path.join(clone, 'package-lock.json'), { bigint: true }).mtimeNs
  expect(statSync(path.join(clone, 'node_modules/.vaino-installed'), { bigint: true }).mtimeNs).toBe(lockTime)

  // What somebody has deleted is there again.
  rmSync(path.join(clone, 'node_modules/zod'), { recursive: true })
  rmSync(path.join(clone, 'node_modules/.package-lock.json'))
  rmSync(path.join(clone, 'node_modules/.vaino-installed'))
  const healed = await run(vaino, ['config', 'check'], clone, env)
  expect(healed.code).toBe(0)
  expect(healed.stderr).toContain('installing what is missing')
}, 240_000)

/** A folder with the launcher and nothing installed, and a PATH whose node and npm are these scripts. */
async function machineWith(scripts: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder()
  for (const part of launcher) cpSync(path.join(root, part), path.join(folder.path, part), { recursive: true })
  const bin = path.join(folder.path, 'bin')
  mkdirSync(bin)
  for (const [name, text] of Object.entries(scripts))
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  for (const tool of ['sh', 'readlink', 'touch'])
    symlinkSync(spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), path.join(bin, tool))
  return {
    vaino: (env: Readonly<Record<string, string>> = {}) =>
      run('/bin/sh', [path.join(folder.path, 'vaino'), 'version'], folder.path, {
        PATH: bin,
        npm_execpath: '',
        ...env,
      }),
    path: folder.path,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

const realNode = `exec "${spawnSync('which', ['node'], { encoding: 'utf8' }).stdout.trim()}" "$@"`

test('on a machine without Node, or with an old one, it says what is needed', async () => {
  await using none = await machineWith({})
  expect(await none.vaino()).toMatchObject({ code: 2 })
  expect((await none.vaino()).stderr).toContain('Node.js 20 or later is needed')
  await using old = await machineWith({ node: 'echo 18' })
  expect((await old.vaino()).stderr).toContain('found Node.js 18')
})

test('an installation that fails shows what npm said, and is tried again at the next start', async () => {
  await using machine = await machineWith({ node: realNode, npm: 'echo "E500 the registry is on fire" >&2; exit 7' })
  for (let start = 0; start < 2; start++) {
    const { code, stderr } = await machine.vaino()
    expect(code).toBe(2)
    expect(stderr).toContain('npm ci ended with code 7')
    expect(stderr).toContain('E500 the registry is on fire')
  }
})

test('a claim that a dead launch has left behind holds up nobody', async () => {
  await using machine = await machineWith({ node: realNode, npm: 'exit 7' })
  mkdirSync(path.join(machine.path, '.cache'))
  const dead = spawnSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout.trim()
  writeFileSync(path.join(machine.path, '.cache/install.lock'), dead)
  expect((await machine.vaino()).stderr).toContain('npm ci ended with code 7')
})

/** Runs a launcher as a user who may read everything in its folder and write nothing; as root it becomes another user. */
function asStranger(vaino: string, env: Readonly<Record<string, string>> = {}) {
  const isRoot = process.getuid?.() === 0
  const become = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
  const [file = '', ...args] = [...become, '/bin/sh', vaino, 'version']
  return run(file, args, '/', { HOME: '/nonexistent', ...env })
}

/** A folder as an administrator leaves it: others may read it. */
function closeToOthers(folder: string): void {
  expect(spawnSync('chmod', ['-R', 'a+rX,go-w', folder]).status).toBe(0)
  if (process.getuid?.() !== 0) expect(spawnSync('chmod', ['-R', 'a-w', folder]).status).toBe(0)
}

test('who may not write where vaino is installed starts it all the same', async () => {
  await using machine = await machineWith({})
  // What is installed here, without the stamp that would spare the check.
  const bunVersion = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).dependencies.bun as string
  writeFileSync(
    path.join(machine.path, 'package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/bun': { version: bunVersion } } }),
  )
  const modules = path.join(machine.path, 'node_modules')
  mkdirSync(path.join(modules, '.bin'), { recursive: true })
  writeFileSync(
    path.join(modules, '.package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/bun': { version: bunVersion } } }),
  )
  writeFileSync(path.join(modules, '.bin/bun'), '#!/bin/sh\necho 1.2.3 started\n', { mode: 0o755 })
  closeToOthers(machine.path)
  const { code, stdout, stderr } = await asStranger(path.join(machine.path, 'vaino'))
  expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: '', stdout: '1.2.3 started\n' })
})

test('where nothing is installed, a user who may not install learns who must run what', async () => {
  await using machine = await machineWith({})
  closeToOthers(machine.path)
  const { code, stderr } = await asStranger(path.join(machine.path, 'vaino'))
  expect(code).toBe(2)
  expect(stderr).toContain(`is not installed in ${machine.path}, and `)
  expect(stderr).toMatch(/may not write there \(E\w+\)/)
  expect(stderr).toContain(`run this once, then start vaino as `)
  expect(stderr).toContain(`: ${machine.path}/vaino version`)
})

test('the one-file program sets for the runtime what the launcher sets', () => {
  const launcher = readFileSync(path.join(root, 'vaino'), 'utf8')
  for (const [name, value] of Object.entries(runtimeSettings))
    expect(launcher).toContain(`export ${name}="\${${name}:-${value}}"`)
})
