import { constants } from 'node:fs'
import { access, mkdtemp, open, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { messageOf } from '../../../../model/errors.ts'
import { type Handshake, handshakeEnvironment, maxHandshakeBytes, parseHandshake } from './handshake.ts'
import { type PluginExit, type PluginProcess, startPluginProcess } from './plugin-process.ts'
import { ProviderError } from './provider-error.ts'

/** A provider's process that listens. Disposing kills it, waits until it is gone, and removes its folder. */
export interface Plugin extends Handshake, AsyncDisposable, Omit<PluginProcess, 'firstLine'> {}

export interface LaunchOptions {
  readonly path: string
  readonly workingDirectory: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/**
 * Starts a provider and waits until it listens.
 * @throws ProviderError `not_started`, or the signal's reason
 */
export async function launchPlugin(options: LaunchOptions, signal: AbortSignal): Promise<Plugin> {
  signal.throwIfAborted()
  await checkStartable(options)
  const folder = await socketFolder()
  const env = { ...options.environment, ...handshakeEnvironment(folder) }
  const running = startPluginProcess(options.path, {
    ...{ cwd: options.workingDirectory, env, maxLineBytes: maxHandshakeBytes },
  })
  const stop = async (): Promise<void> => {
    running.kill()
    await running.exited
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const handshake = parseHandshake(await firstLine(running, options.timeoutMs, signal), folder)
    return { ...handshake, ...running, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error instanceof ProviderError ? named(options.path, error) : error
  }
}

const named = (file: string, error: ProviderError): ProviderError =>
  new ProviderError(error.reason, `the provider ${path.basename(file)} could not be started: ${error.message}`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })

/** @throws ProviderError where none comes, or the signal's reason */
async function firstLine(running: PluginProcess, timeoutMs: number, signal: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const ended = AbortSignal.any([signal, timeout])
  const stopped = Promise.withResolvers<never>()
  const stop = (): void => stopped.reject(ended.reason)
  ended.addEventListener('abort', stop, { once: true })
  try {
    const line = await Promise.race([running.firstLine, stopped.promise])
    return line ?? (await Promise.race([running.exited.then(endedEarly), stopped.promise]))
  } catch (error) {
    signal.throwIfAborted()
    if (!timeout.aborted) throw error
    throw new ProviderError('not_started', `it said nothing for ${timeoutMs / 1000} s`, {
      hint: 'Start the file by hand: a provider then explains in a line that it is a plugin.',
    })
  } finally {
    ended.removeEventListener('abort', stop)
  }
}

function endedEarly({ code, panic }: PluginExit): never {
  const how = panic === null ? `with code ${code ?? 'unknown'}` : `by a panic in ${panic}`
  const isForeign = code === 126 || code === 127
  throw new ProviderError('not_started', `it ended ${how} before it listened`, {
    hint: isForeign
      ? 'Is it built for this machine? `terraform init` fetches the right one.'
      : 'Start the file by hand to see why; it may need a newer system library or more memory.',
  })
}

/** What a shell would say in its own words, or would take for a script of its own. @throws ProviderError `not_started` */
async function checkStartable({ path: file, workingDirectory }: LaunchOptions): Promise<void> {
  const refuse = (what: string, hint: string): ProviderError =>
    named(file, new ProviderError('not_started', what, { hint }))
  if (process.platform === 'win32')
    throw refuse('vaino starts providers on Linux and macOS only', 'Run vaino in WSL or in a container.')
  const isFolder = await stat(workingDirectory)
    .then((found) => found.isDirectory())
    .catch(() => false)
  if (!isFolder) {
    throw refuse(
      `its working directory ${workingDirectory} is not there`,
      'It is the folder of the root module, where relative paths in the state begin.',
    )
  }
  try {
    await access(file, constants.X_OK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES') throw refuse('the file may not be executed', `chmod +x ${file}`)
    throw refuse(messageOf(error), 'Run `terraform init`.')
  }
  if (!(await isProgram(file)))
    throw refuse('the file is no program', 'It may be a cut download; `terraform init` puts it in place again.')
}

/** ELF, Mach-O in its forms, or a script. A shell takes anything else for a script in its own language. */
const programStarts = ['7f454c46', 'cffaedfe', 'cefaedfe', 'cafebabe', '2321']

async function isProgram(file: string): Promise<boolean> {
  await using handle = await open(file)
  const start = Buffer.alloc(4)
  await handle.read(start, 0, 4, 0)
  const hex = start.toString('hex')
  return programStarts.some((known) => hex.startsWith(known))
}

/** A socket's path has 108 bytes on Linux and 104 on macOS, of which a plugin's own name takes some 20. */
const maxFolderBytes = 80

/** A folder that only this user may enter. */
async function socketFolder(): Promise<string> {
  const own = await realpath(tmpdir())
  const parent = Buffer.byteLength(own) + 20 > maxFolderBytes ? '/tmp' : own
  return realpath(await mkdtemp(path.join(parent, 'vaino-')))
}
