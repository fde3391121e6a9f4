import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { messageOf, VainoError } from '../../../model/errors.ts'
import { carried as carriedModules } from '../../../runtime/carried.ts'
import { bunExecutable } from '../../../runtime/runtime.ts'
import { cacheFolder } from '../../cache-folder.ts'
import { type ServiceName, services } from './services.ts'

/** Which operations of which service a program calls. */
export type Operations = Readonly<Partial<Record<ServiceName, readonly string[]>>>

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.resolve(here, '../../..')
/** A release carries its bundle: it may be where there is no npm. */
const carried = path.join(here, 'bundle')
/** Where the credentials and the HTTP handler stand in the bundle. */
const ofAll = {
  credentials: `export { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers'`,
  http: `export { FetchHttpHandler } from '@smithy/fetch-http-handler'`,
}

/** What a bundle is made of: a small module for each service, with its client and the commands that are used. */
function entriesOf(operations: Operations): Readonly<Record<string, string>> {
  const ofServices = Object.entries(operations).map(([name, called]) => {
    const { client, package: from } = services[name as ServiceName]
    const commands = [...new Set(called)].sort().map((operation) => `${operation}Command`)
    return [name, `export { ${[`${client} as Client`, ...commands].join(', ')} } from '@aws-sdk/${from}'`]
  })
  return { ...ofAll, ...Object.fromEntries(ofServices.sort()) }
}

/** Without a folder for what can be made again it is kept below the clone: each start would fetch it anew. */
const keptIn = (): string => cacheFolder(process.env) ?? path.join(root, '.cache')

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/**
 * The folder with the bundled clients: the release's, or one that is made in the cache when it is not there yet. Then npm installs what the lock file names, and Bun bundles it.
 * Several processes may ask at once.
 * @throws VainoError `source_failed` where it can't be made
 */
export async function bundleFolder(operations: Operations, signal: AbortSignal): Promise<string> {
  const lock = await readFile(path.join(here, 'package-lock.json'), 'utf8')
  const entries = JSON.stringify(entriesOf(operations))
  const packages = path.join(keptIn(), `aws-packages-${short(lock)}`)
  const name = `aws-sdk-${short(lock)}-${short(entries)}`
  const folder = path.join(keptIn(), name)
  const found = [path.join(carried, name), folder].find(existsSync)
  if (found !== undefined) return found
  const problem = await make(packages, folder, entries, signal)
  if (problem === null && existsSync(folder)) return folder
  throw new VainoError('source_failed', `AWS's clients could not be made ready: ${problem ?? 'nothing was made'}`, {
    hint: `An aws source needs npm, access to its package registry once, and to write in ${keptIn()}.`,
  })
}

/** @returns what went wrong; its own words stand on the standard error */
async function make(packages: string, folder: string, entries: string, signal: AbortSignal): Promise<string | null> {
  // Bun bundles, whichever runtime this is.
  const child = spawn(bunExecutable(), ['--no-env-file', path.join(here, 'make.mjs'), packages, folder], {
    // Bun would read the bunfig.toml of the folder in which the user stands.
    cwd: here,
    stdio: ['pipe', 'ignore', 'inherit'],
    signal,
    killSignal: 'SIGTERM',
  })
  const { promise, resolve } = Promise.withResolvers<string | null>()
  child.on('error', (error) => resolve(messageOf(error)))
  child.on('close', (code) => resolve(code === 0 ? null : `making them ended with code ${code}`))
  child.stdin.on('error', () => undefined)
  child.stdin.end(entries)
  const problem = await promise
  signal.throwIfAborted()
  return problem
}

/** Loads a module of the bundle: a service, `credentials` or `http`. */
export type Bundle = (name: string) => Promise<Record<string, unknown>>

/** The bundle that the one-file program carries, or the one of {@link bundleFolder}. @throws as that does */
export async function openBundle(operations: Operations, signal: AbortSignal): Promise<Bundle> {
  if (carriedModules !== null) return carriedIn(carriedModules.aws)
  const folder = await bundleFolder(operations, signal)
  return (name) => import(pathToFileURL(path.join(folder, `${name}.js`)).href)
}

const carriedIn =
  (modules: Readonly<Record<string, () => Promise<Record<string, unknown>>>>): Bundle =>
  async (name) => {
    const load = modules[name]
    if (load === undefined) throw new VainoError('source_failed', `This vaino carries no client of AWS's ${name}`)
    return load()
  }
