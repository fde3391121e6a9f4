import type { Provider, ProviderOptions } from './provider/provider.ts'

/** However well it goes: credentials and settings of the machine are looked up anew from time to time. */
const maxAgeMs = 15 * 60 * 1000

/** Until a second look begins, or a pass that is a little late. */
const lateMs = 10_000
/** The longest interval for which a process is worth its memory. */
const soonMs = 60_000

/** How long a process waits for the next reading. @param everyMs between two readings */
export const idleBetween = (everyMs: number): number => (everyMs <= soonMs ? everyMs + lateMs : 0)

/** A provider that may stay when its user has done with it. */
export interface KeepableProvider extends Provider {
  /** All that it was asked was answered and there: its process may read again. Without this it ends when it is disposed. */
  readonly keep: () => void
}

interface Running {
  readonly key: string
  readonly provider: Provider
  readonly startedAt: number
  /** Ends it at once, whatever it does. */
  readonly life: AbortController
}

interface Bounds {
  /** Processes that run at once, those that wait included; in use there may be more, of several states. */
  readonly processes: number
  /** How long one waits for its next use; 0: none waits. */
  readonly idleMs: number
}

/** Provider processes between two readings that follow each other closely. A start costs half a second of CPU, a read some milliseconds. */
export class KeptProcesses implements AsyncDisposable {
  readonly #start: (options: ProviderOptions, signal: AbortSignal) => Promise<Provider>
  readonly #bounds: Bounds
  /** The longest waiting first. */
  readonly #waiting = new Map<Running, ReturnType<typeof setTimeout>>()
  #inUse = 0
  #isClosed = false

  constructor(start: (options: ProviderOptions, signal: AbortSignal) => Promise<Provider>, bounds: Bounds) {
    this.#start = start
    this.#bounds = bounds
  }

  /**
   * A process with these options: one that waits, else a new one.
   * @param isFresh a new one whatever waits
   * @throws as `start` does
   */
  async open(options: ProviderOptions, signal: AbortSignal, isFresh = false): Promise<KeepableProvider> {
    signal.throwIfAborted()
    const key = keyOf(options)
    const waiting = isFresh ? undefined : [...this.#waiting.keys()].find((one) => one.key === key)
    if (waiting !== undefined) this.#take(waiting)
    this.#inUse++
    const life = waiting?.life ?? new AbortController()
    const abort = (): void => life.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    const leave = (): void => {
      signal.removeEventListener('abort', abort)
      this.#inUse--
    }
    try {
      if (waiting === undefined) await this.#makeRoom()
      const running = waiting ?? {
        ...{ key, life, startedAt: performance.now() },
        provider: await this.#start(options, life.signal),
      }
      return this.#lend(running, leave)
    } catch (error) {
      leave()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#waiting.keys()].map((one) => this.#end(one)))
  }

  #lend(running: Running, leave: () => void): KeepableProvider {
    const { provider, life, startedAt } = running
    let mayStay = false
    return {
      schemaOf: (type, signal) => provider.schemaOf(type, signal),
      read: (instance, signal) => provider.read(instance, signal),
      keep: () => {
        mayStay = true
      },
      [Symbol.asyncDispose]: async () => {
        leave()
        const { idleMs, processes } = this.#bounds
        const isYoung = performance.now() - startedAt < maxAgeMs
        const hasRoom = this.#inUse + this.#waiting.size < processes
        if (mayStay && isYoung && hasRoom && idleMs > 0 && !life.signal.aborted && !this.#isClosed)
          this.#waiting.set(
            running,
            setTimeout(() => void this.#end(running), idleMs),
          )
        else await provider[Symbol.asyncDispose]()
      },
    }
  }

  async #makeRoom(): Promise<void> {
    for (const one of [...this.#waiting.keys()])
      if (this.#inUse + this.#waiting.size > this.#bounds.processes) await this.#end(one)
  }

  #take(one: Running): void {
    clearTimeout(this.#waiting.get(one))
    this.#waiting.delete(one)
  }

  async #end(one: Running): Promise<void> {
    this.#take(one)
    await one.provider[Symbol.asyncDispose]()
  }
}

/** Whatever a process is started and configured with. */
const keyOf = ({ redactText: _, ...options }: ProviderOptions): string => JSON.stringify(options)
