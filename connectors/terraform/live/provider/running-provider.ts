import { stat } from 'node:fs/promises'
import { classifyName } from '../../../../model/secret-names.ts'
import type { KeptFiles } from '../kept-files.ts'
import { encodeConfiguration } from './configuration.ts'
import { classOfText, errorsOf, textOfDiagnostic } from './diagnostics.ts'
import { providerEnvironment } from './environment.ts'
import { CallError, type Connection, callCodes, connectTo } from './grpc.ts'
import { launchPlugin, type Plugin } from './plugin.ts'
import { type Diagnostic, type Limit, type Protocol, protocolOf } from './protocol.ts'
import type { ProviderOptions } from './provider.ts'
import { ProviderError } from './provider-error.ts'
import { detailOf } from './quote.ts'
import { type Schemas, schemasOf } from './schemas.ts'
import { MalformedMessage } from './wire.ts'

/** A configured process of a provider. */
export interface RunningProvider extends AsyncDisposable {
  readonly protocol: Protocol
  readonly schemas: Schemas
  /** Why a call has no answer: null where the process still serves, else how it ended. */
  readonly deathBehind: (error: CallError) => Promise<string | null>
  readonly kill: () => void
}

/** How long a provider may take to end when it is asked to. */
const shutdownMs = 3000

/** A process ends its pending calls before anybody learns that it has ended. */
const deathNoticeMs = 250
const mayBeDeath: ReadonlySet<number> = new Set([callCodes.unknown, callCodes.internal, callCodes.unavailable])

/**
 * Starts a provider and configures it, which can be done once in a process' life.
 * @param kept schemas that earlier processes were told
 * @throws ProviderError, or the signal's reason
 */
export async function startProvider(
  options: ProviderOptions,
  kept: KeptFiles | null,
  signal: AbortSignal,
): Promise<RunningProvider> {
  const { binary, workingDirectory, startTimeoutMs } = options
  const until = Date.now() + startTimeoutMs
  const limit = (): Limit => ({ timeoutMs: Math.max(1, until - Date.now()), signal })
  const type = binary.address.split('/').at(-1) ?? ''
  const environment = providerEnvironment(process.env, type, options.env)
  const plugin = await launchPlugin(
    { path: binary.path, workingDirectory, environment, timeoutMs: startTimeoutMs },
    signal,
  )
  let connection: Connection | null = null
  const deathBehind = deathOf(plugin)
  try {
    connection = await connectTo(plugin.socket)
    const protocol = protocolOf(connection, plugin.protocol)
    const schemas = await schemasOf(protocol, await identityOf(binary), kept, limit())
    await configure(protocol, schemas, options, limit)
    return {
      protocol,
      schemas,
      deathBehind,
      kill: plugin.kill,
      [Symbol.asyncDispose]: stopOf(plugin, connection, protocol),
    }
  } catch (error) {
    connection?.close()
    const death = error instanceof CallError ? await deathBehind(error) : null
    await plugin[Symbol.asyncDispose]()
    throw providerError(error, options, death, 'configured')
  }
}

/** What differs when the program is another one: the hash of its folder where the lock file had it checked, else what the file system says. */
async function identityOf({ address, version, path, hash }: ProviderOptions['binary']): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return `${address} ${version} ${hash ?? `${path} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`}`
}

/** @throws ProviderError where the provider refuses it */
async function configure(
  protocol: Protocol,
  { provider }: Schemas,
  options: ProviderOptions,
  limit: () => Limit,
): Promise<void> {
  const configuration = encodeConfiguration(options.configuration, provider, options.binary.address)
  const { prepared, diagnostics } = await protocol.validateConfiguration(configuration, limit())
  refuseErrors(diagnostics, options)
  const given = prepared ?? { form: 'msgpack', bytes: configuration }
  refuseErrors(await protocol.configure(given, limit()), options)
}

function refuseErrors(diagnostics: readonly Diagnostic[], options: ProviderOptions): void {
  const [error] = errorsOf(diagnostics)
  if (error === undefined) return
  const text = textOfDiagnostic(error)
  const reason = classOfText(text)
  const detail = detailOf(text, secretsIn(options), options.redactText)
  throw new ProviderError(
    reason === 'error' ? 'not_configured' : reason,
    `${options.binary.address} refuses its configuration: ${detail}`,
    {
      hint: 'Give it under `live: configurations:`, and its credentials in the environment, as Terraform would have them.',
    },
  )
}

/** Texts of the configuration, but for those whose names say that they are none: any may be a password. */
function secretsIn({ configuration }: ProviderOptions): string[] {
  const texts: string[] = []
  JSON.stringify(configuration, (name, value) => {
    if (typeof value === 'string' && classifyName(name) !== 'harmless') texts.push(value)
    return value
  })
  return texts
}

/**
 * An error of a provider as a whole.
 * @param death how the process ended, where it has
 * @param doing the request that failed: `asked for its schema`
 */
export function providerError(
  error: unknown,
  { binary, redactText, startTimeoutMs }: ProviderOptions,
  death: string | null,
  doing: string,
): unknown {
  const { address } = binary
  if (error instanceof MalformedMessage)
    return new ProviderError('not_started', `${address} answers with what is no message of the plugin protocol`, {
      cause: error,
    })
  if (!(error instanceof CallError)) return error
  if (death !== null) return new ProviderError('crashed', `${address} ended ${death} when it was ${doing}`)
  if (error.code === callCodes.deadline)
    return new ProviderError(
      'timed_out',
      `${address} gave no answer within ${startTimeoutMs / 1000} s when it was ${doing}`,
    )
  return new ProviderError('not_started', `${address}: ${detailOf(error.message, [], redactText)}`)
}

const deathOf =
  (plugin: Plugin): RunningProvider['deathBehind'] =>
  async (error) => {
    if (!plugin.hasExited()) {
      if (!mayBeDeath.has(error.code)) return null
      const notice = Promise.withResolvers<null>()
      const timer = setTimeout(notice.resolve, deathNoticeMs, null)
      const exit = await Promise.race([plugin.exited, notice.promise])
      clearTimeout(timer)
      if (exit === null) return null
    }
    const { code, panic } = await plugin.exited
    return panic === null ? `with code ${code ?? 'unknown'}` : `by a panic in ${panic}`
  }

const stopOf = (plugin: Plugin, connection: Connection, protocol: Protocol) => async (): Promise<void> => {
  const limit = { timeoutMs: shutdownMs, signal: new AbortController().signal }
  const { promise: patience, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, shutdownMs)
  // A provider ends before it has answered; what counts is whether it ends.
  const asked = plugin.hasExited() ? Promise.resolve() : protocol.shutdown(limit).catch(() => {})
  await Promise.race([plugin.exited, asked.then(() => plugin.exited), patience])
  clearTimeout(timer)
  connection.close()
  await plugin[Symbol.asyncDispose]()
}
