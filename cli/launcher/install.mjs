// Installs what a clone of vaino needs and leaves a stamp that `vaino` can check without starting a process. Runs on
// Node, because the runtime that everything else uses is among what is installed.
//
//   node cli/launcher/install.mjs         what running vaino needs
//   node cli/launcher/install.mjs --dev   what testing and developing it needs too

import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const modules = path.join(root, 'node_modules')
const lockFile = path.join(root, 'package-lock.json')
const stamp = path.join(modules, '.vaino-installed')
const claim = path.join(root, '.cache/install.lock')
const bun = path.join(modules, '.bin/bun')
const outputKept = 4096

const say = (text) => process.stderr.write(`vaino: ${text}\n`)

function fail(text, code = 2) {
  say(text)
  release()
  process.exit(code)
}

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw new Error(`${file} cannot be read: ${error.message}`)
  }
}

/** Whether npm's own record of what it installed has everything that the lock file asks for. */
function isInstalled(withDev) {
  const wanted = readJson(lockFile)?.packages ?? {}
  const installed = readJson(path.join(modules, '.package-lock.json'))?.packages ?? {}
  return Object.entries(wanted).every(
    ([name, entry]) =>
      name === '' || entry.optional || (entry.dev && !withDev) || installed[name]?.version === entry.version,
  )
}

const runs = (executable) => {
  const { status, stdout } = spawnSync(executable, ['--version'], { encoding: 'utf8', timeout: 30_000 })
  return status === 0 && /^\d+\.\d+/.test(stdout)
}

/**
 * npm may refuse to run bun's install script, which puts the platform's executable in the place of a script that only
 * prints an error. The executable is there all the same, in the platform's own package.
 */
function repairBun() {
  if (runs(bun)) return
  const target = path.join(modules, 'bun/bin/bun.exe')
  const platforms = path.join(modules, '@oven')
  for (const name of existsSync(platforms) ? readdirSync(platforms) : []) {
    const executable = path.join(platforms, name, 'bin/bun')
    if (!existsSync(executable) || !runs(executable)) continue
    rmSync(target, { force: true })
    linkSync(executable, target)
    if (runs(bun)) return
  }
  const script = spawnSync(process.execPath, ['install.js'], { cwd: path.join(modules, 'bun'), encoding: 'utf8' })
  if (!runs(bun)) {
    fail(
      `bun, which vaino runs on, does not start on this ${process.platform} ${process.arch} machine.\n${(script.stderr ?? '').slice(-outputKept)}`,
    )
  }
}

let claimed = false
function release() {
  if (claimed) rmSync(claim, { force: true })
  claimed = false
}

const isAlive = (pid) => {
  // An empty claim is one that is being written.
  if (pid === 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const readIfThere = (file) => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

/** Moves the claim aside before it deletes it, and puts it back when somebody else was quicker and it is a live one by now. */
function dropDeadClaim(owner) {
  const aside = `${claim}.${process.pid}`
  try {
    renameSync(claim, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  if (readFileSync(aside, 'utf8') !== owner) linkSync(aside, claim)
  rmSync(aside)
}

/** One installation at a time, or two launches would delete each other's files. A claim whose process has died is taken over. */
async function takeTurn() {
  mkdirSync(path.dirname(claim), { recursive: true })
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(claim, String(process.pid), { flag: 'wx' })
      claimed = true
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const owner = readIfThere(claim)
    if (owner !== null && !isAlive(Number(owner))) {
      dropDeadClaim(owner)
      continue
    }
    if (!waited) say('another vaino is installing; waiting for it')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function npmCi(withDev) {
  say(`installing what is missing (npm ci, once${withDev ? ', with what the tests need' : ''}) …`)
  const startedAt = Date.now()
  const npm = process.env.npm_execpath
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(withDev ? [] : ['--omit=dev'])]
  const child = spawn(command, [...first, ...flags], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk) => {
    output = (output + chunk).slice(-outputKept)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      child.kill(signal)
      fail('installation interrupted; the next start begins it again', 130)
    })
  }
  const problem = await new Promise((resolve) => {
    child.on('error', (error) => resolve(`npm could not be started: ${error.message}`))
    child.on('close', (code) => resolve(code === 0 ? null : `npm ci ended with code ${code}:\n${output.trim()}`))
  })
  if (problem !== null)
    fail(
      `${problem}\nvaino: the installation needs npm and access to its package registry; it is tried again at the next start`,
    )
  say(`installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** Gives the stamp the lock file's time to the nanosecond, which `utimes` with its floating-point seconds would round. */
function leaveStamp(withDev) {
  writeFileSync(stamp, withDev ? 'dev\n' : 'production\n')
  const { status, stderr } = spawnSync('touch', ['-r', lockFile, stamp], { encoding: 'utf8' })
  if (status !== 0) say(`the next start will check the installation again: ${stderr}`)
}

const mayNot = (error) => ['EACCES', 'EPERM', 'EROFS'].includes(error.code)

/** Somebody who may not write here starts what is there: without the stamp each start checks again, which costs 0.1 s. */
function leaveStampIfAllowed(withDev) {
  try {
    leaveStamp(withDev)
  } catch (error) {
    if (!mayNot(error)) throw error
  }
}

const nameOf = (uid) => {
  const { status, stdout } = spawnSync('id', ['-un', String(uid)], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : `the user with id ${uid}`
}

/** Says who must run what, where the one who starts vaino may not install. */
function refuse(error) {
  const me = nameOf(process.getuid())
  const owner = nameOf(statSync(root).uid)
  fail(
    `what vaino needs is not installed in ${root}, and ${me} may not write there (${error.code}).\nvaino: let ${owner} run this once, then start vaino as ${me}: ${path.join(root, 'vaino')} version`,
  )
}

// Who has installed the development packages keeps them when the lock file changes.
const withDev = process.argv.includes('--dev') || existsSync(path.join(modules, 'typescript'))
try {
  // npm writes its record last, so what an installation is still writing does not count as installed.
  if (isInstalled(withDev) && runs(bun)) leaveStampIfAllowed(withDev)
  else {
    await takeTurn()
    if (!isInstalled(withDev)) await npmCi(withDev)
    repairBun()
    leaveStamp(withDev)
    release()
  }
} catch (error) {
  if (mayNot(error)) refuse(error)
  fail(`the installation could not be checked: ${error.message}`)
}
