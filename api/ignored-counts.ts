import type { CurrentRules } from '../pipeline/rules/current-rules.ts'
import type { StateReader } from '../storage/state-reader.ts'
import { nextTurn } from './byte-source.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { Emit } from './emit.ts'
import { type Followed, Follower } from './follower.ts'

/** What a rule has ignored since this process began to count. */
export interface IgnoredCount {
  readonly changes: number
  readonly lastAtMs: number
}

interface Parts {
  readonly reader: StateReader
  readonly feed: ChangeFeed
  readonly rules: CurrentRules
  readonly emit: Emit
  /** False on a node that serves no streams: nothing is left out there. */
  readonly isServing: boolean
}

/** The longest wait for a commit, and the pause after a failed reading, milliseconds. */
const waitMs = 60_000
/** Rules that are counted apart; a file that is changed without end must not fill the memory. */
const maxRules = 2000

/**
 * Counts by rule what the rules ignore of the changes that are committed from now on. It walks along the feed that followers
 * share, so what one of them reads is not read again. While no rule ignores anything it reads nothing.
 */
export class IgnoredCounts implements Disposable {
  readonly sinceMs = Date.now()
  readonly #counts = new Map<string, IgnoredCount>()
  readonly #parts: Parts
  readonly #stop = new AbortController()
  readonly #stopListening: () => void
  #isWalking = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#stopListening = parts.rules.onChange(() => this.#begin())
    this.#begin()
  }

  of(rule: string): IgnoredCount | null {
    return this.#counts.get(rule) ?? null
  }

  #begin(): void {
    if (this.#isWalking || !this.#parts.isServing || !this.#parts.rules.rules.ignoresChanges) return
    this.#isWalking = true
    void this.#walk().finally(() => {
      this.#isWalking = false
    })
  }

  async #walk(): Promise<void> {
    const { reader, feed, rules, emit } = this.#parts
    const ruleOf = rules.ruleOf.bind(rules)
    const follow = () => new Follower(reader, feed, reader.head(), { passes: null, suppressed: 'only' }, ruleOf)
    let follower: Follower | null = null
    while (!this.#stop.signal.aborted && rules.rules.ignoresChanges) {
      try {
        follower ??= follow()
        const step = follower.take()
        if (step === null) await feed.changed(waitMs, this.#stop.signal)
        else this.#count(step.followed)
        await nextTurn()
      } catch (error) {
        emit('gauge_unreadable', { gauge: 'vaino_ignored_changes_total', error })
        // What comes next may be gone or unreadable: it is counted on from the end of the log.
        follower = null
        await feed.changed(waitMs, this.#stop.signal)
      }
    }
  }

  #count(ignored: readonly Followed[]): void {
    const added = new Map<string, number>()
    for (const { change, rule } of ignored) {
      // Who made an ignored change is no other change.
      if (rule === null || change.op === 'a') continue
      added.set(rule, (added.get(rule) ?? 0) + 1)
      const known = this.#counts.get(rule)
      if (known === undefined && this.#counts.size >= maxRules) continue
      this.#counts.set(rule, { changes: (known?.changes ?? 0) + 1, lastAtMs: change.recordedAtMs })
    }
    for (const [rule, count] of added) this.#parts.emit('changes_ignored', { rule, count })
  }

  [Symbol.dispose](): void {
    this.#stopListening()
    this.#stop.abort()
  }
}
