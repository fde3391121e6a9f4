import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { Attribution } from '../../connectors/source.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import { restAfter } from './event-rest.ts'
import type { ParcelWriter } from './parcel-writer.ts'

export interface EventWriter {
  /** Resolves when there is room for more: what was written before is sent, or gathers until it is. */
  observe(resource: Resource, by?: Attribution): Promise<void>
  gone(id: string, by?: Attribution): Promise<void>
  /**
   * Resolves when all that this writer was given is committed. Rejects with the first failure, after which nothing more is written.
   * @returns changes that were recorded for it; 0 too where others record them, as with Kafka: see `newest` of the sink
   */
  settled(): Promise<number>
  /** Says who made changes of some ids; resolves when it is committed. */
  attributed(all: readonly { readonly id: string; readonly by: Attribution }[]): Promise<void>
  /** Calls back when everything that was written so far is committed; never where some of it fails, and not where another call comes before. */
  whenCommitted(committed: () => void): void
}

/**
 * Writes the events of one scope, in their order. One that comes after a rest goes at once; those that come within a rest of a parcel, or
 * until it is committed, are the next one together. The rest is 50 ms, and up to 200 ms while many come ({@link restAfter}). Memory: one
 * parcel under way and one that gathers; who writes more waits.
 */
export class EventParcels implements EventWriter {
  readonly #parcels: ParcelWriter
  readonly #scope: Scope
  readonly #restAfter: (records: number, restedMs: number) => number
  #restMs: number
  #sending: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null
  /** When the last parcel was sent, by a monotonic clock. */
  #sentAt = Number.NEGATIVE_INFINITY
  /** Ends a rest. */
  #goOn: (() => void) | null = null
  #isAwaited = false
  /** Resolves when what is gathered is taken. */
  #taken = Promise.withResolvers<void>()
  /** To be called when what gathers is committed, and when what is under way is. */
  #marks: { gathering: (() => void) | null; underWay: (() => void) | null } = { gathering: null, underWay: null }

  constructor(parcels: ParcelWriter, scope: Scope, rest: (records: number, restedMs: number) => number = restAfter) {
    this.#parcels = parcels
    this.#scope = scope
    this.#restAfter = rest
    this.#restMs = rest(0, 0)
  }

  observe(resource: Resource, by?: Attribution): Promise<void> {
    return this.#write(() => this.#parcels.gatherObserved(null, resource, by))
  }

  gone(id: string, by?: Attribution): Promise<void> {
    return this.#write(() => this.#parcels.gatherGone(id, by))
  }

  async attributed(all: readonly { readonly id: string; readonly by: Attribution }[]): Promise<void> {
    for (const { id, by } of all) await this.#write(() => this.#parcels.gather(attributedRecord(this.#scope, id, by)))
    await this.settled()
  }

  whenCommitted(committed: () => void): void {
    if (this.#failure !== null) return
    if (!this.#parcels.isEmpty) this.#marks.gathering = committed
    else if (this.#sending !== null) this.#marks.underWay = committed
    else committed()
  }

  async settled(): Promise<number> {
    this.#isAwaited = true
    this.#goOn?.()
    while (this.#sending !== null) await this.#sending
    this.#isAwaited = false
    this.#throwFailure()
    return this.#parcels.changes
  }

  async #write(gather: () => void): Promise<void> {
    while (this.#parcels.isFull && this.#failure === null) await this.#taken.promise
    this.#throwFailure()
    gather()
    if (this.#parcels.isFull) this.#goOn?.()
    this.#sending ??= this.#sendAll()
  }

  /** Never rejects: the failure is kept, for each call that follows. */
  async #sendAll(): Promise<void> {
    try {
      while (!this.#parcels.isEmpty) {
        await this.#rest()
        this.#restMs = this.#restAfter(this.#parcels.records, this.#restMs)
        this.#sentAt = performance.now()
        this.#marks = { gathering: null, underWay: this.#marks.gathering }
        const sent = this.#parcels.flush()
        this.#taken.resolve()
        this.#taken = Promise.withResolvers()
        await sent
        await this.#parcels.settled()
        this.#marks.underWay?.()
        this.#marks.underWay = null
      }
    } catch (error) {
      this.#failure = { error }
      this.#taken.resolve()
    } finally {
      this.#sending = null
    }
  }

  /** Until the next parcel may go: a full one at once, and one that is waited for. */
  async #rest(): Promise<void> {
    const restingMs = this.#sentAt + this.#restMs - performance.now()
    // What was read in one piece is written before anything else has its turn, and so is one parcel.
    if (restingMs <= 0 || this.#isAwaited || this.#parcels.isFull) return turn()
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, restingMs)
    this.#goOn = resolve
    await promise
    clearTimeout(timer)
    this.#goOn = null
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}

/** An event that has no id of its own has one by what it says. */
function attributedRecord(scope: Scope, id: string, { occurredAt, actor, event }: Attribution) {
  const said = JSON.stringify([occurredAt, actor])
  const named = event ?? { id: createHash('sha256').update(said).digest('base64url') }
  return { kind: 'attributed', scope, id, occurred_at: occurredAt, actor, event: named }
}
