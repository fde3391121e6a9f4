// Makes the bundle of AWS's clients that a clone of vaino uses. A process of its own, because npm and the bundler are; what it says
// goes to the standard error that it inherits. Runs on Bun.
//
//   bun make.mjs CACHE OUT < entries.json     entries: {"sqs": "export { SQSClient as Client } from '@aws-sdk/client-sqs'"}

import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const [packages, out] = process.argv.slice(2)
const outputKept = 4096

const say = (text) => process.stderr.write(`vaino: ${text}\n`)

/** What has been said to the user already. */
class Said extends Error {}

function fail(text) {
  say(text)
  throw new Said(text)
}

function run(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk) => {
    output = (output + chunk).slice(-outputKept)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  // Who ends this process ends what it has started.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`${command} could not be started: ${error.message}`))
    child.on('close', (code) => resolve(code === 0 ? null : `${command} ended with code ${code}:\n${output.trim()}`))
  })
}

/** The clients as npm installs them: filled beside their place and moved there whole. Of two processes that fill it, the first wins. */
async function install() {
  if (existsSync(packages)) return
  mkdirSync(path.dirname(packages), { recursive: true })
  const partial = mkdtempSync(`${packages}-`)
  try {
    say("installing AWS's clients (npm ci, once: 170 MB, 20 s or more) …")
    const startedAt = Date.now()
    for (const name of ['package.json', 'package-lock.json']) cpSync(path.join(here, name), path.join(partial, name))
    const problem = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], partial)
    if (problem !== null)
      fail(
        `${problem}\nvaino: an aws source needs npm and access to its package registry once; what is kept in ${path.dirname(packages)} serves from then on`,
      )
    move(partial, packages)
    say(`installed AWS's clients in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

function move(from, to) {
  try {
    renameSync(from, to)
  } catch (error) {
    // Another process was first.
    if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error
  }
}

async function bundle() {
  const entries = JSON.parse(readFileSync(0, 'utf8'))
  // Below the packages, or they would not be found.
  const sources = mkdtempSync(path.join(packages, 'entries-'))
  const partial = mkdtempSync(`${out}-`)
  try {
    const files = Object.entries(entries).map(([name, text]) => {
      const file = path.join(sources, `${name}.js`)
      writeFileSync(file, text)
      return file
    })
    const flags = [
      '--target=node',
      '--format=esm',
      '--splitting',
      '--minify',
      `--outdir=${partial}`,
      `--root=${sources}`,
    ]
    const problem = await run(process.execPath, ['build', ...files, ...flags], packages)
    if (problem !== null) fail(`AWS's clients could not be bundled: ${problem}`)
    move(partial, out)
  } finally {
    rmSync(sources, { recursive: true, force: true })
    rmSync(partial, { recursive: true, force: true })
  }
}

try {
  await install()
  await bundle()
} catch (error) {
  if (!(error instanceof Said)) say(`AWS's clients could not be made ready: ${error.message}`)
  process.exitCode = 1
}
