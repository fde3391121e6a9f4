import { ScanFailure } from '../../connectors/scan-failure.ts'
import type { Observer, ScanReport, Source, Target } from '../../connectors/source.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import type { Resource } from '../../model/resource.ts'

/** What one scan of a target said, with all its resources in memory. */
export interface Heard {
  readonly resources: ReadonlyMap<string, Resource>
  /** By id: why nothing is known of it. */
  readonly unknown: ReadonlyMap<string, Why>
  /** Ids that the source believes to be missing. */
  readonly missing: ReadonlySet<string>
  /** Why nothing is known of an id that is named nowhere. */
  readonly rest: Why
  /** Why the target as a whole was not read; `null`: it was. */
  readonly failure: Why | null
  /** What else it had to say. */
  readonly remarks: readonly Why[]
}

export interface Why {
  readonly reason: string
  /** Of one resource, as a predicate. */
  readonly message: string
  readonly hint: string | null
}

interface Watching {
  redact(resource: Resource): void
  redactText(text: string): string
  onExpected(count: number): void
  onObserved(): void
}

/** How often a target that is being written is read again, and how long one waits for it. */
const maxRepeats = 4
const longestWaitMs = 1000

/** Scans a target, or some ids of it, and keeps what it hands on. @throws the signal's reason */
export async function hear(
  source: Source,
  target: Target,
  watching: Watching,
  signal: AbortSignal,
  ids: ReadonlySet<string> | null = null,
): Promise<Heard> {
  for (let repeats = 0; ; repeats++) {
    const heard = new Hearing(watching)
    try {
      const report =
        ids === null ? await source.scan(target, heard, signal) : await source.reread?.(target, ids, heard, signal)
      return heard.end(report ?? {})
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof VainoError)) throw error
      const waitMs = (error.retryAfterSeconds ?? Number.POSITIVE_INFINITY) * 1000
      if (repeats === maxRepeats || waitMs > longestWaitMs) return heard.fail(error)
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
}

class Hearing implements Observer {
  readonly #watching: Watching
  readonly #resources = new Map<string, Resource>()
  readonly #errors: ScanError[] = []

  constructor(watching: Watching) {
    this.#watching = watching
  }

  async observe(resource: Resource): Promise<void> {
    this.#watching.redact(resource)
    this.#resources.set(resource.id, resource)
    this.#watching.onObserved()
  }

  missed(error: ScanError): void {
    this.#errors.push(error)
  }

  /** Said in the report's warnings too. */
  async gone(): Promise<void> {}

  expect(count: number): void {
    this.#watching.onExpected(count)
  }

  end({ warnings = [] }: ScanReport): Heard {
    const unknown = new Map<string, Why>()
    for (const error of this.#errors) for (const id of idsOf(error)) unknown.set(id, this.#whyOf(error))
    const missing = new Set(warnings.filter((warning) => codeOf(warning) === 'missing').flatMap(idsOf))
    const cut = this.#errors.find((error) => typeof error !== 'string' && typeof error.count === 'number')
    const rest = cut === undefined ? notRead : this.#whyOf(cut)
    const others = [...this.#errors, ...warnings].filter((said) => idsOf(said).length === 0)
    return {
      resources: this.#resources,
      unknown,
      missing,
      rest,
      failure: null,
      remarks: others.map((said) => this.#whyOf(said)),
    }
  }

  fail(error: VainoError): Heard {
    const reason = error instanceof ScanFailure ? error.scanCode : 'not_read'
    const message = this.#watching.redactText(messageOf(error))
    return { ...this.end({}), failure: { reason, message, hint: error.hint ?? null } }
  }

  #whyOf(error: ScanError): Why {
    const said = typeof error === 'string' ? error : typeof error.what === 'string' ? error.what : error.message
    const text = this.#watching.redactText(said)
    const hint = typeof error !== 'string' && typeof error.hint === 'string' ? error.hint : null
    return { reason: codeOf(error), message: text, hint }
  }
}

const notRead: Why = { reason: 'not_read', message: 'was not read', hint: null }

const codeOf = (error: ScanError): string =>
  typeof error === 'string' || typeof error.code !== 'string' ? 'error' : error.code

const idsOf = (error: ScanError): string[] =>
  typeof error !== 'string' && Array.isArray(error.ids) ? error.ids.filter((id) => typeof id === 'string') : []
