import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Scope } from '../../../model/scope.ts'
import { splitScope } from '../../../model/scope.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import type { Nudge, RecordedChange } from '../../source.ts'
import { affectedBy } from './affected.ts'
import { attributionOf } from './attribution-of.ts'
import type { CloudTrailEvent } from './cloudtrail-event.ts'

/** The event history of CloudTrail in one account and region. */
export interface EventHistory {
  /**
   * Events that changed something, newest first; those of some pages at most.
   * @param name as CloudTrail names a resource: an id, a name, an ARN
   * @throws CallFailure
   */
  eventsOf(name: string, sinceMs: number, signal: AbortSignal): Promise<readonly CloudTrailEvent[]>
}

/** Changes that wait for their maker; the oldest is given up for a newer one. At a call a second no more could be asked for in a quarter of an hour. */
const maxWaiting = 1000
/** Events that were said to have made a change of a thing: none made two of one thing. */
const maxRemembered = 20_000
/** CloudTrail shows an event within a quarter of an hour, as a rule within minutes: pauses between two questions for one change, in milliseconds. */
const pausesMs = [60_000, 120_000, 240_000, 480_000]
/** How long before a change was recorded its event may have been: an interval, and what AWS's reads lag. */
const reachMs = 60 * 60_000
/** An account and region in which the history may not be read is not asked for this long. */
const deniedMs = 60 * 60_000

interface Waiting {
  readonly change: RecordedChange
  attempts: number
  dueAt: number
}

/**
 * Finds out from CloudTrail's event history who made changes that scans have found. A change that no event explains within a
 * quarter of an hour stays without a maker.
 */
export class LookUps {
  /** By scope and id, in the order in which they came. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #used = new LRUCache<string, true>({ max: maxRemembered })
  readonly #deniedUntil = new Map<string, number>()
  #wake = Promise.withResolvers<void>()
  #idle = Promise.withResolvers<void>()

  /** Of two changes of one thing the newer is asked for. */
  add(changes: readonly RecordedChange[]): void {
    for (const change of changes) {
      const key = `${change.scope}/${change.id}`
      this.#waiting.delete(key)
      this.#waiting.set(key, { change, attempts: 0, dueAt: performance.now() })
    }
    for (const key of this.#waiting.keys()) if (this.#waiting.size > maxWaiting) this.#waiting.delete(key)
    this.#wake.resolve()
  }

  /** Resolves when no change waits for its maker. */
  async idle(): Promise<void> {
    while (this.#waiting.size > 0) await this.#idle.promise
  }

  /**
   * Asks until the signal.
   * @param historyOf of the account and the region of a scope; null where it is not watched any more
   * @throws VainoError where there are no credentials; what waits then goes on waiting
   */
  async run(
    historyOf: (scope: Scope) => EventHistory | null,
    typesOf: (service: string) => readonly string[],
    out: Pick<Nudge, 'attributed'>,
    signal: AbortSignal,
    pauses: readonly number[] = pausesMs,
  ): Promise<void> {
    while (!signal.aborted) {
      const next = this.#next()
      if (next !== null && next.dueAt <= performance.now()) {
        await this.#ask(next, { historyOf, typesOf, out, pauses }, signal)
        continue
      }
      this.#wake = Promise.withResolvers<void>()
      await untilEither(this.#wake.promise, next === null ? null : next.dueAt - performance.now(), signal)
    }
  }

  #next(): Waiting | null {
    let first: Waiting | null = null
    for (const waiting of this.#waiting.values()) if (first === null || waiting.dueAt < first.dueAt) first = waiting
    return first
  }

  async #ask(waiting: Waiting, { historyOf, typesOf, out, pauses }: Asking, signal: AbortSignal): Promise<void> {
    const { change } = waiting
    const history = this.#isDenied(change.scope) ? null : historyOf(change.scope)
    const event = history === null ? null : await this.#eventOf(change, history, typesOf, signal)
    const key = `${change.scope}/${change.id}`
    // A newer change of the same thing has taken its place meanwhile.
    if (this.#waiting.get(key) !== waiting) return
    if (event !== null) {
      this.#used.set(usedKey(event, change), true)
      out.attributed(change.scope, change.id, attributionOf(event), true)
    }
    const pause = history === null || event !== null ? undefined : pauses[waiting.attempts]
    if (pause === undefined) this.#forget(key)
    else Object.assign(waiting, { attempts: waiting.attempts + 1, dueAt: performance.now() + pause })
  }

  async #eventOf(
    change: RecordedChange,
    history: EventHistory,
    typesOf: Asking['typesOf'],
    signal: AbortSignal,
  ): Promise<CloudTrailEvent | null> {
    try {
      for (const name of namesOf(change)) {
        const events = await history.eventsOf(name, change.recordedAtMs - reachMs, signal)
        const made = events.find(
          (event) =>
            !this.#used.has(usedKey(event, change)) &&
            Date.parse(event.occurredAt) <= change.recordedAtMs &&
            isAbout(event, change, typesOf),
        )
        if (made !== undefined) return made
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof CallFailure)) throw error
      // `vaino doctor` names the permission; any other failure is asked again.
      if (error.kind === 'denied') this.#deniedUntil.set(placeOf(change.scope), performance.now() + deniedMs)
    }
    return null
  }

  #forget(key: string): void {
    this.#waiting.delete(key)
    if (this.#waiting.size > 0) return
    this.#idle.resolve()
    this.#idle = Promise.withResolvers<void>()
  }

  #isDenied(scope: Scope): boolean {
    return performance.now() < (this.#deniedUntil.get(placeOf(scope)) ?? 0)
  }
}

interface Asking {
  historyOf(scope: Scope): EventHistory | null
  typesOf(service: string): readonly string[]
  readonly out: Pick<Nudge, 'attributed'>
  readonly pauses: readonly number[]
}

const usedKey = ({ id }: CloudTrailEvent, change: RecordedChange): string => `${id} ${change.scope}/${change.id}`

const placeOf = (scope: Scope): string => {
  const { account, location } = splitScope(scope)
  return `${account} ${location}`
}

/** What CloudTrail may call a thing: its id, its ARN, its name; a part of a thing (`role:policy`, `role/arn`) by the thing's. */
function namesOf({ id, resource }: RecordedChange): readonly string[] {
  const arn = resource.metadata?.arn
  const whole = id.startsWith('arn:') || id.includes('://') ? null : (/^([^:/]+)[:/]/.exec(id)?.[1] ?? null)
  const names = [id, typeof arn === 'string' ? arn : null, whole, resource.name ?? null]
  return [...new Set(names.filter((name): name is string => name !== null && name !== ''))]
}

function isAbout(event: CloudTrailEvent, { scope, id }: RecordedChange, typesOf: Asking['typesOf']): boolean {
  const type = splitScope(scope).collection
  const affected = affectedBy(event)
  if (affected === null) return typesOf(event.service).includes(type)
  const ids = affected.get(type)
  return ids !== undefined && (ids.length === 0 || ids.includes(id))
}

async function untilEither(wake: Promise<void>, ms: number | null, signal: AbortSignal): Promise<void> {
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  // Without a time it waits for the wake alone, or the signal.
  const timer = sleep(ms === null ? 2 ** 31 - 1 : Math.max(0, ms), undefined, { signal: either }).catch(() => undefined)
  await Promise.race([wake, timer])
  ended.abort()
}
