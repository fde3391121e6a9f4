import type { KeptFiles } from '../kept-files.ts'
import { CallError } from './grpc.ts'
import type { Limit } from './protocol.ts'
import type { Provider, ProviderOptions, Reading, StateInstance, TypeSchema } from './provider.ts'
import { ProviderError } from './provider-error.ts'
import { Quote } from './quote.ts'
import { readGate } from './read-gate.ts'
import { type Died, readInstance } from './read-instance.ts'
import { startRestarting } from './restarting-provider.ts'
import { providerError } from './running-provider.ts'

/**
 * Opens a provider: its process is running and configured when this returns.
 *
 * A process that dies takes all calls in flight with it, so it is started again and they are repeated one by one; the instance at which it dies
 * alone is `crashed`, and the others are read.
 * @param signal ends everything at once, also after this has returned
 * @param kept schemas that earlier processes were told
 * @throws ProviderError, or the signal's reason
 */
export async function openProvider(
  options: ProviderOptions,
  signal: AbortSignal,
  kept: KeptFiles | null = null,
): Promise<Provider> {
  const { readTimeoutMs, startTimeoutMs } = options
  const enter = readGate(options.concurrency)
  const provider = await startRestarting(options, kept, signal)
  const endOf = (asked: AbortSignal): AbortSignal => AbortSignal.any([provider.life, asked])

  async function attempt(instance: StateInstance, isAlone: boolean, ended: AbortSignal): Promise<Reading | Died> {
    const leave = await enter(isAlone, ended)
    try {
      const running = await provider.running()
      const result = await readInstance(instance, { running, timeoutMs: readTimeoutMs }, ended)
      if (result.kind === 'died') await provider.replace(running, result.how)
      return result
    } catch (error) {
      ended.throwIfAborted()
      if (!(error instanceof ProviderError)) throw error
      return { kind: 'unknown', reason: error.reason, detail: new Quote(error.message) }
    } finally {
      leave()
    }
  }

  /** A read of another instance may end the process meanwhile, so it is asked twice. */
  async function askSchema(type: string, limit: Limit, isLast = false): Promise<TypeSchema> {
    const running = await provider.running()
    try {
      return (await running.schemas.typeOf(type, limit)).schema
    } catch (error) {
      limit.signal.throwIfAborted()
      const how = error instanceof CallError ? await running.deathBehind(error) : null
      if (how === null || isLast) throw providerError(error, options, how, 'asked for its schema')
      await provider.replace(running, how)
      return askSchema(type, limit, true)
    }
  }

  return {
    schemaOf: (type, asked) => askSchema(type, { timeoutMs: startTimeoutMs, signal: endOf(asked) }),
    async read(instance, asked) {
      const ended = endOf(asked)
      const first = await attempt(instance, false, ended)
      const result = first.kind === 'died' ? await attempt(instance, true, ended) : first
      if (result.kind !== 'died') return result
      const detail = `the provider ended ${result.how} when it read this instance alone`
      return { kind: 'unknown', reason: 'crashed', detail: new Quote(detail) }
    },
    [Symbol.asyncDispose]: provider[Symbol.asyncDispose],
  }
}
