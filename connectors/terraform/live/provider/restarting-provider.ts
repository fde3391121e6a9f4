import type { KeptFiles } from '../kept-files.ts'
import type { ProviderOptions } from './provider.ts'
import { ProviderError } from './provider-error.ts'
import { type RunningProvider, startProvider } from './running-provider.ts'

/** A provider that dies at more instances than this isn't started again: each time costs a second or two. */
const maxDeaths = 50

/** A provider's process, and the one that is started in its place when it has died. */
export interface RestartingProvider extends AsyncDisposable {
  /** Aborts when the provider is closed, or its caller's signal does. */
  readonly life: AbortSignal
  /** @throws ProviderError where it could not be started again */
  readonly running: () => Promise<RunningProvider>
  /** Whoever uses it next starts it anew; all that wait share the one start. */
  readonly replace: (dead: RunningProvider, how: string) => Promise<void>
}

/** @throws ProviderError where it can't be started, or the signal's reason */
export async function startRestarting(
  options: ProviderOptions,
  kept: KeptFiles | null,
  signal: AbortSignal,
): Promise<RestartingProvider> {
  const closing = new AbortController()
  const life = AbortSignal.any([signal, closing.signal])
  let deaths = 0
  let current = Promise.resolve(await startProvider(options, kept, life))
  const kill = (): void => {
    current.then((one) => one.kill()).catch(() => {})
  }
  signal.addEventListener('abort', kill, { once: true })

  async function restart(dead: RunningProvider, how: string): Promise<RunningProvider> {
    await dead[Symbol.asyncDispose]()
    if (deaths <= maxDeaths) return startProvider(options, kept, life)
    throw new ProviderError('crashed', `the provider ended ${deaths} times, at last ${how}`)
  }

  return {
    life,
    running: () => current,
    async replace(dead, how) {
      const now = current
      // Readers that meet one death wait for the same process: only the first of them starts another.
      if ((await now) !== dead || current !== now) return
      deaths++
      current = restart(dead, how)
      // Each reader that comes meets the error itself.
      current.catch(() => {})
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', kill)
      closing.abort(new ProviderError('error', 'the provider was closed while it read'))
      const last = await current.catch(() => null)
      await last?.[Symbol.asyncDispose]()
    },
  }
}
