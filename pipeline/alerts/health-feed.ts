import type { ScanError } from '../../model/record.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { AlertStore } from '../../storage/alerts/alert-store.ts'
import type { Engine } from '../engine.ts'
import type { Alert, HealthCondition } from './alert.ts'
import type { AlertRouter } from './alert-router.ts'
import { nextGeneration } from './generation.ts'
import type { LagWatch } from './lag-watch.ts'
import { shortHash } from './message.ts'

export interface HealthFeedParts {
  readonly engine: Pick<Engine, 'deadLetters' | 'health'>
  /** The scopes, with what reads each where that is this process. */
  readonly scopes: () => Iterable<ScopeStatus>
  readonly store: AlertStore
  readonly router: AlertRouter
  readonly lag: LagWatch
  readonly nowMs: () => number
  readonly lookEveryMs?: number
}

const defaultLookEveryMs = 10_000
/** Dead letters that are younger are a condition. */
const letterForMs = 3_600_000
/** Scopes read between two turns of other work. */
const scopesAtOnce = 500

const severities = {
  stale: 'high',
  failing: 'medium',
  held: 'high',
  not_ready: 'critical',
  lag: 'high',
  dead_letters: 'medium',
} as const satisfies Record<HealthCondition, Alert['severity']>

interface Condition {
  readonly condition: HealthCondition
  /** Empty: vaino as a whole. */
  readonly scope: string
  readonly message: string
}

/** Looks now and then what is wrong with vaino itself: what is so now and was not at the last look is told, and what is over. */
export class HealthFeed {
  readonly #parts: HealthFeedParts
  #lookedAtMs = Number.NEGATIVE_INFINITY
  /** By subject, what was so at the last look; null: what was before this start is in the store alone. */
  #last: ReadonlyMap<string, Condition> | null = null

  constructor(parts: HealthFeedParts) {
    this.#parts = parts
  }

  /** @param turn awaited between two transactions */
  async advance(turn: () => Promise<void>): Promise<void> {
    const { lookEveryMs = defaultLookEveryMs, store, router, nowMs } = this.#parts
    if (performance.now() - this.#lookedAtMs < lookEveryMs) return
    this.#lookedAtMs = performance.now()
    const now = new Map<string, Condition>()
    for (const one of await this.#look(turn)) now.set(shortHash('health', one.condition, one.scope), one)
    const last = this.#last
    const generation = last === null ? nextGeneration(store) : 0
    const at = new Date(nowMs()).toISOString()
    store.transaction(() => {
      for (const [subject, condition] of now)
        if (!last?.has(subject)) router.take(alertOf(subject, condition, 'open', at), false, nowMs(), generation)
      for (const [subject, condition] of last ?? [])
        if (!now.has(subject)) router.take(alertOf(subject, condition, 'resolved', at), false, nowMs())
      if (last === null) while (router.resolveUnseen('health', generation, at, nowMs()) > 0);
    })
    this.#last = now
  }

  async #look(turn: () => Promise<void>): Promise<Condition[]> {
    const found: Condition[] = []
    const { engine, scopes, nowMs } = this.#parts
    const { problems } = engine.health()
    if (problems.length > 0)
      found.push({ condition: 'not_ready', scope: '', message: `vaino is not ready: ${problems.join('; ')}` })
    const [letter] = (await engine.deadLetters(1)).entries
    if (letter !== undefined && nowMs() - Date.parse(letter.at) < letterForMs) {
      const message = `records could not be used, the last: ${letter.reason}, ${letter.source}; see /v1/deadletters`
      found.push({ condition: 'dead_letters', scope: '', message })
    }
    found.push(...this.#lag())
    let count = 0
    for (const status of scopes()) {
      found.push(...conditionsOf(status))
      if (++count % scopesAtOnce === 0) await turn()
    }
    return found
  }

  /** Where it can't be seen, or not yet after a start, what was so is so. */
  #lag(): Condition[] {
    const lag = this.#parts.lag.look(performance.now())
    if (lag.state === 'behind') return [{ condition: 'lag', scope: '', message: lag.message }]
    if (lag.state === 'none') return []
    if (this.#last === null) {
      const said = this.#parts.store.told(lagSubject)
      return said === null ? [] : [{ condition: 'lag', scope: '', message: (JSON.parse(said) as Alert).message ?? '' }]
    }
    const before = this.#last.get(lagSubject)
    return before === undefined ? [] : [before]
  }
}

/** One thing whatever is behind, so that it opens once and is over once. */
const lagSubject = shortHash('health', 'lag', '')

function conditionsOf({ scope, status, held, errors, source, last_complete_at }: ScopeStatus): Condition[] {
  const found: Condition[] = []
  if (held !== null)
    found.push({
      condition: 'held',
      scope,
      message: `${held.deletes} of ${held.of} deletes are held in ${scope}; vaino scopes release ends that`,
    })
  if (status === 'failing') {
    const why = source?.error ?? textOf(errors[0])
    found.push({ condition: 'failing', scope, message: `${scope} can't be read: ${why}` })
  }
  if (status === 'stale') {
    const since = last_complete_at === null ? 'it never was' : `the last time was ${last_complete_at}`
    found.push({ condition: 'stale', scope, message: `${scope} was not read completely in time: ${since}` })
  }
  return found
}

const textOf = (error: ScanError | undefined): string =>
  error === undefined ? 'no reason is known' : typeof error === 'string' ? error : error.message

/** The condition is one thing from its beginning to its end, so its beginning names it. */
function alertOf(
  subject: string,
  { condition, scope, message }: Condition,
  event: 'open' | 'resolved',
  at: string,
): Alert {
  return {
    ...{ source: 'health', subject, event, at, severity: severities[condition], owner: null, scope, key: null },
    ...{ type: null, name: condition, provider: null, account: null, region: null, namespace: null },
    ...{ status: null, tier: null, replaced: false, op: null, condition, actor: null, fields: [], omitted: 0 },
    ...{ message, duration_seconds: null, entry: shortHash(subject, event, at), paths: [] },
    ...{ scopes: [scope], keys: [], tags: {}, scannedScope: scope, isNamedLate: false },
  }
}
