// Long because the rules of all kinds of record act on one state.
import type { DeleteReason, Op } from '../../model/change.ts'

/**
 * What the engine must do, written the slow and obvious way: a map of scopes, a list of changes, and the rules of the
 * input contract one after another. It shares no code with the engine, so that the two can be wrong only together.
 */
export interface Content {
  readonly value: number
  readonly tags: Readonly<Record<string, string>>
  readonly uid: string | null
}

/** Times are minutes from when the steps began; `at` is when it was observed, or happened. */
export type Step =
  | {
      readonly kind: 'observed'
      readonly scope: string
      readonly id: string
      readonly content: Content
      readonly scan: string | null
      readonly at: number
      readonly actor: string | null
    }
  | {
      readonly kind: 'gone'
      readonly scope: string
      readonly id: string
      readonly at: number
      readonly actor: string | null
    }
  | {
      readonly kind: 'attributed'
      readonly scope: string
      readonly id: string
      readonly at: number
      readonly actor: string
      readonly event: string
    }
  | { readonly kind: 'wait'; readonly minutes: number }
  /** @see {@link Scan.at} */
  | { readonly kind: 'scan.begin'; readonly scope: string; readonly scan: string; readonly at: number | null }
  | {
      readonly kind: 'scan.end'
      readonly scope: string
      readonly scan: string
      readonly complete: boolean
      readonly miscount: number
      /** When its end says that it was; null where it doesn't. */
      readonly at: number | null
    }
  | { readonly kind: 'release'; readonly scope: string; readonly apply: boolean }

export interface ExpectedChange {
  readonly scope: string
  readonly id: string
  readonly op: Op
  readonly version: number
  readonly reason: DeleteReason | null
  readonly before: Content | null
  readonly after: Content | null
  /** When it was observed. */
  readonly at: number
  /** Who made it, as far as that is known by now. */
  actor: string | null
}

/** An entry of op `a`. */
export interface ExpectedAttribution {
  readonly scope: string
  readonly id: string
  readonly version: number
  readonly actor: string
  readonly event: string
}

type Attributed = Step & { kind: 'attributed' }
interface Waiting {
  readonly step: Attributed
  readonly since: number
}

interface Thing {
  content: Content | null
  version: number
  held: boolean
}

interface Scan {
  readonly id: string
  /** When its begin says that it was; null where it doesn't, and then it is a scan like no other. */
  readonly at: number | null
  /** Observed since it began, and live still. */
  readonly seen: Set<string>
  /** Observed under it. */
  readonly under: Set<string>
  /** Live when it began. */
  readonly begunWith: ReadonlySet<string>
  /** Observed since it began, also where it was deleted later. */
  readonly everSeen: Set<string>
}

interface ScopeOracle {
  readonly things: Map<string, Thing>
  scan: Scan | null
  ended: Scan | null
  /** When the end of the last scan says that it was. */
  endedAt: number | null
  /** A scan that began before the last one ended: a later view is known, so what it observed is passed over. */
  outdated: string | null
  hadComplete: boolean
  /** When its last complete scan ended. */
  completedAt: number | null
}

/** Minutes that a change may lie from an attribution's time, and that an attribution waits for its change. */
const minutes = 10
const keyOf = ({ scope, id }: { readonly scope: string; readonly id: string }) => `${scope}/${id}`

const same = (a: Content, b: Content): boolean =>
  a.value === b.value && JSON.stringify(Object.entries(a.tags).sort()) === JSON.stringify(Object.entries(b.tags).sort())

export class Oracle {
  readonly changes: ExpectedChange[] = []
  readonly attributions: ExpectedAttribution[] = []
  /** The changes of each key, oldest first. */
  readonly #byKey = new Map<string, ExpectedChange[]>()
  readonly #events = new Set<string>()
  #waiting: Waiting[] = []
  /** What the clock says: later than anything was observed. */
  now = 60
  readonly #scopes = new Map<string, ScopeOracle>()
  deadLetters = 0

  /** Distinct ids observed under the open scan, which its end has to state. */
  countUnder(scope: string, scan: string): number {
    const open = this.#scopes.get(scope)?.scan
    return open?.id === scan ? open.under.size : 0
  }

  live(): Map<string, { version: number; content: Content }> {
    const found = new Map<string, { version: number; content: Content }>()
    for (const [scope, { things }] of this.#scopes) {
      for (const [id, { content, version }] of things) if (content) found.set(`${scope}/${id}`, { version, content })
    }
    return found
  }

  held(scope: string): string[] {
    return [...(this.#scopes.get(scope)?.things ?? [])]
      .filter(([, thing]) => thing.held)
      .map(([id]) => id)
      .sort()
  }

  take(step: Step): void {
    if (step.kind === 'wait') {
      this.now += step.minutes
      this.#waiting = this.#waiting.filter(({ step, since }) => {
        const isWaiting = since > this.now - minutes
        if (!isWaiting) this.#events.delete(`${keyOf(step)} ${step.event}`)
        return isWaiting
      })
      return
    }
    const scope = this.#scope(step.scope)
    switch (step.kind) {
      case 'observed':
        this.#observed(scope, step)
        return
      case 'gone': {
        if (scope.things.get(step.id)?.content) this.#delete(scope, step, 'source', step)
        return
      }
      case 'attributed':
        this.#attributed(step)
        return
      case 'scan.begin':
        this.#begin(scope, step)
        return
      case 'scan.end':
        this.#end(scope, step)
        return
      case 'release':
        for (const id of [...scope.things.keys()].sort()) {
          const thing = scope.things.get(id)
          if (!thing?.held) continue
          const by = { at: scope.completedAt ?? this.now, actor: null }
          if (step.apply) this.#delete(scope, { scope: step.scope, id }, 'scan', by)
          else thing.held = false
        }
    }
  }

  #scope(name: string): ScopeOracle {
    const found = this.#scopes.get(name)
    if (found) return found
    const made: ScopeOracle = {
      things: new Map(),
      scan: null,
      ended: null,
      endedAt: null,
      outdated: null,
      hadComplete: false,
      completedAt: null,
    }
    this.#scopes.set(name, made)
    return made
  }

  #begin(scope: ScopeOracle, { scan: id, at }: Step & { kind: 'scan.begin' }): void {
    const isRepeated = at !== null && scope.ended?.id === id && scope.ended.at === at
    const isOutdated = !isRepeated && at !== null && scope.endedAt !== null && at < scope.endedAt
    scope.outdated = isOutdated ? id : null
    if (!isRepeated && !isOutdated) {
      const begunWith = new Set([...scope.things].filter(([, { content }]) => content !== null).map(([id]) => id))
      scope.scan = { id, at, seen: new Set(), under: new Set(), begunWith, everSeen: new Set() }
    }
    // What belongs to which of two of one name can't be known.
    else if (scope.scan?.id === id) scope.scan = null
  }

  #observed(scope: ScopeOracle, step: Step & { kind: 'observed' }): void {
    const { id, content } = step
    if (scope.outdated !== null && step.scan === scope.outdated) return
    const underScan = scope.scan !== null && step.scan === scope.scan.id
    let thing = scope.things.get(id)
    const neverSeen = thing === undefined
    if (thing === undefined) {
      thing = { content: null, version: 0, held: false }
      scope.things.set(id, thing)
    }
    thing.held = false
    const before = thing.content
    if (before && before.uid !== null && content.uid !== null && before.uid !== content.uid) {
      this.#delete(scope, step, 'replaced', step)
      this.#change(thing, step, 'c', content, null)
    } else if (before === null) {
      this.#change(thing, step, neverSeen && underScan && !scope.hadComplete ? 'r' : 'c', content, null)
    } else if (!same(before, content))
      this.#change(thing, step, 'u', { ...content, uid: content.uid ?? before.uid }, before)
    // What is the same may state an identity that wasn't known.
    else thing.content = { ...before, uid: content.uid ?? before.uid }
    if (scope.scan) {
      scope.scan.seen.add(id)
      if (before !== null) scope.scan.everSeen.add(id)
      if (underScan) scope.scan.under.add(id)
    }
  }

  #change(thing: Thing, step: Step & { kind: 'observed' }, op: Op, after: Content, before: Content | null) {
    thing.version++
    thing.content = after
    const { scope, id, at, actor } = step
    this.#record({ scope, id, op, version: thing.version, reason: null, before, after, at, actor })
  }

  #record(change: ExpectedChange): void {
    this.changes.push(change)
    const key = keyOf(change)
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), change])
    const waiting = this.#waiting.find(({ step }) => keyOf(step) === key && this.#holds(change, step.at))
    if (waiting === undefined || change.actor !== null) return
    this.#waiting = this.#waiting.filter((one) => one !== waiting)
    this.#attribute(change, waiting.step)
  }

  /** From the observation before it to its own, and ten minutes more at either end. */
  #holds(change: ExpectedChange, at: number): boolean {
    const before = this.#byKey.get(keyOf(change))?.find(({ version }) => version === change.version - 1)
    const from = before === undefined ? Number.NEGATIVE_INFINITY : Math.min(before.at, change.at)
    return at >= from - minutes && at <= change.at + minutes
  }

  #attributed(step: Attributed): void {
    const event = `${keyOf(step)} ${step.event}`
    if (this.#events.has(event)) return
    this.#events.add(event)
    const newest = this.#byKey.get(keyOf(step))?.findLast((one) => one.actor === null && this.#holds(one, step.at))
    if (newest === undefined) this.#waiting.push({ step, since: this.now })
    else this.#attribute(newest, step)
  }

  #attribute(change: ExpectedChange, { scope, id, actor, event }: Attributed): void {
    change.actor = actor
    this.attributions.push({ scope, id, version: change.version, actor, event })
  }

  #delete(
    scope: ScopeOracle,
    { scope: name, id }: { readonly scope: string; readonly id: string },
    reason: DeleteReason,
    { at, actor }: { readonly at: number; readonly actor: string | null },
  ): void {
    const thing = scope.things.get(id)
    if (!thing?.content) return
    thing.version++
    const { content: before, version } = thing
    this.#record({ scope: name, id, op: 'd', version, reason, before, after: null, at, actor })
    thing.content = null
    thing.held = false
    scope.scan?.seen.delete(id)
  }

  #end(scope: ScopeOracle, step: Step & { kind: 'scan.end' }): void {
    const scan = scope.scan
    if (scan === null || scan.id !== step.scan) {
      this.deadLetters++
      return
    }
    scope.scan = null
    scope.ended = scan
    scope.endedAt = step.at
    if (!step.complete || step.miscount !== 0) return
    const live = [...scope.things].filter(([, thing]) => thing.content !== null)
    const missing = live
      .filter(([id]) => !scan.seen.has(id))
      .map(([id]) => id)
      .sort()
    const fresh = missing.filter((id) => !scope.things.get(id)?.held)
    const again = missing.filter((id) => scope.things.get(id)?.held)
    const hold =
      fresh.length > Math.max(5, scan.begunWith.size * 0.25) ||
      (missing.length >= 2 && fresh.length > 0 && ![...scan.begunWith].some((id) => scan.everSeen.has(id)))
    const by = { at: step.at ?? this.now, actor: null }
    for (const id of hold ? again : [...again, ...fresh]) this.#delete(scope, { scope: step.scope, id }, 'scan', by)
    if (hold) for (const id of fresh) (scope.things.get(id) as Thing).held = true
    scope.hadComplete = true
    scope.completedAt = by.at
  }
}
