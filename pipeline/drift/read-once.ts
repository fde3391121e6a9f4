import { ScanFailure } from '../../connectors/scan-failure.ts'
import type { RereadObserver, ScanReport, Source, Target } from '../../connectors/source.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import type { ScanError } from '../../model/record.ts'
import type { Resource } from '../../model/resource.ts'
import { notRead, type ScanSaid, type Why, whatScanSaid } from './why.ts'

/** What one scan of a target said, with all its resources in memory, as JSON: a quarter of what the objects take. */
export interface Heard extends ScanSaid {
  readonly ids: readonly string[]
  /** A resource, made anew each time; `null` where none of this id was observed. */
  readonly resource: (id: string) => Resource | null
  /** Why the target as a whole was not read; `null`: it was. */
  readonly failure: Why | null
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

class Hearing implements RereadObserver {
  readonly #watching: Watching
  readonly #documents = new Map<string, Uint8Array>()
  readonly #errors: ScanError[] = []

  constructor(watching: Watching) {
    this.#watching = watching
  }

  async observe(resource: Resource): Promise<void> {
    this.#watching.redact(resource)
    this.#documents.set(resource.id, Buffer.from(JSON.stringify(resource)))
    this.#watching.onObserved()
  }

  missed(error: ScanError): void {
    this.#errors.push(error)
  }

  /** Said in the report's warnings too. */
  async gone(): Promise<void> {}

  /** What was not observed is none of the resources. */
  absent(): void {}

  other(): void {}

  expect(count: number): void {
    this.#watching.onExpected(count)
  }

  end({ warnings = [] }: ScanReport): Heard {
    const said = whatScanSaid(this.#errors, warnings, this.#watching.redactText)
    const documents = this.#documents
    const resource = (id: string) => {
      const bytes = documents.get(id)
      return bytes === undefined ? null : (parseJson(Buffer.from(bytes).toString()) as Resource)
    }
    return { ...said, ids: [...documents.keys()], resource, failure: null }
  }

  fail(error: VainoError): Heard {
    const reason = error instanceof ScanFailure ? error.scanCode : notRead
    const message = this.#watching.redactText(messageOf(error))
    return { ...this.end({}), failure: { reason, message, hint: error.hint ?? null } }
  }
}
