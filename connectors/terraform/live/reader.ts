import { CallError } from './grpc.ts'
import type { Limit } from './protocol.ts'
import type { Provider, ProviderOptions, Reading, TypeSchema } from './provider.ts'
import { ProviderError } from './provider-error.ts'
import { readGate } from './read-gate.ts'
import { type Died, readInstance } from './read-instance.ts'
import { providerError, type RunningProvider, startProvider } from './running-provider.ts'

/** A provider that dies at more instances than this isn't started again: each time costs a second or two. */
const maxDeaths = 50

/**
 * Opens a provider: its process is running and configured when this returns.
 *
 * A process that dies takes all calls in flight with it, so it is started again and they are repeated one by one; the instance at which it dies
 * alone is `crashed`, and the others are read.
 * @param signal ends everything at once, also after this has returned
 * @throws ProviderError, or the signal's reason
 */
export async function openProvider(options: ProviderOptions, signal: AbortSignal): Promise<Provider> {
  const closing = new AbortController()
  const life = AbortSignal.any([signal, closing.signal])
  const enter = readGate(options.concurrency)
  let deaths = 0
  let current = Promise.resolve(await startProvider(options, life))
  const kill = (): void => {
    current.then((one) => one.kill()).catch(() => {})
  }
  signal.addEventListener('abort', kill, { once: true })

  /** The next reader starts it anew; all that wait share the one start. */
  async function replace(dead: RunningProvider, how: string): Promise<void> {
    const now = current
    // Readers that meet one death wait for the same process: only the first of them starts another.
    if ((await now) !== dead || current !== now) return
    deaths++
    current = restart(dead, how)
    // Each reader that comes meets the error itself.
    current.catch(() => {})
  }

  async function restart(dead: RunningProvider, how: string): Promise<RunningProvider> {
    await dead[Symbol.asyncDispose]()
    if (deaths <= maxDeaths) return startProvider(options, life)
    throw new ProviderError('crashed', `the provider ended ${deaths} times, at last ${how}`)
  }

  async function attempt(
    instance: Parameters<Provider['read']>[0],
    isAlone: boolean,
    ended: AbortSignal,
  ): Promise<Reading | Died> {
    const leave = await enter(isAlone, ended)
    try {
      const now = await current
      const result = await readInstance(
        instance,
        { running: now, timeoutMs: options.readTimeoutMs, redactText: options.redactText },
        ended,
      )
      if (result.kind === 'died') await replace(now, result.how)
      return result
    } catch (error) {
      ended.throwIfAborted()
      if (!(error instanceof ProviderError)) throw error
      return { kind: 'unknown', reason: error.reason, detail: error.message.slice(0, 120) }
    } finally {
      leave()
    }
  }

  /** A read of another instance may end the process meanwhile, so it is asked twice. */
  async function askSchema(type: string, limit: Limit, isLast = false): Promise<TypeSchema> {
    const now = await current
    try {
      return (await now.schemas.typeOf(type, limit)).schema
    } catch (error) {
      limit.signal.throwIfAborted()
      const how = error instanceof CallError ? await now.deathBehind(error) : null
      if (how === null || isLast) throw providerError(error, options, how, 'asked for its schema')
      await replace(now, how)
      return askSchema(type, limit, true)
    }
  }

  return {
    async schemaOf(type, asked) {
      const ended = AbortSignal.any([life, asked])
      return askSchema(type, { timeoutMs: options.startTimeoutMs, signal: ended })
    },
    async read(instance, asked) {
      const ended = AbortSignal.any([life, asked])
      const first = await attempt(instance, false, ended)
      const result = first.kind === 'died' ? await attempt(instance, true, ended) : first
      if (result.kind !== 'died') return result
      return {
        kind: 'unknown',
        reason: 'crashed',
        detail: `the provider ended ${result.how} when it read this instance alone`,
      }
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', kill)
      closing.abort(new ProviderError('error', 'the provider was closed while it read'))
      const last = await current.catch(() => null)
      await last?.[Symbol.asyncDispose]()
    },
  }
}
