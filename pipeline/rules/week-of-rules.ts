import { setTimeout as pause } from 'node:timers/promises'
import { isChange } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import type { Rules } from '../../model/rules.ts'
import { RuleUsage } from '../../model/rules-usage.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { CurrentRules } from './current-rules.ts'

const weekMs = 7 * 86_400_000
/** After the start and after each change of the rules, so that a file that is being edited is not reported on. */
const settleMs = 10 * 60_000
const everyMs = 86_400_000

/** Rows of one read; after each the thread is left to others. At 256 rows and 20 ms a look at a million changes takes minutes, on a few percent of a core. */
const rowsAtOnce = 256
const pauseMs = 20
/** The newest changes of each partition that are looked at. */
const maxPerPartition = 100_000

/**
 * What each rule matches of the changes since a time.
 * @returns null where the log does not reach back so far, or the signal is aborted: then nothing can be said of it
 */
export async function usageSince(
  reader: StateReader,
  rules: Rules,
  sinceMs: number,
  signal: AbortSignal,
): Promise<RuleUsage | null> {
  const usage = new RuleUsage(rules)
  try {
    const { position } = reader.asOf(sinceMs)
    const floor = reader.floor()
    // Only a change that is older shows that the log was kept then.
    if (position.every((offset, partition) => offset <= (floor[partition] ?? 0))) return null
    for (const [partition, through] of reader.head().entries()) {
      let after = Math.max(position[partition] ?? 0, through - maxPerPartition)
      while (after < through) {
        const changes = reader.changes(partition, after, through, rowsAtOnce)
        for (const change of changes.filter(isChange)) usage.addChange(change.subject(), change.recordedAtMs)
        const last = changes.at(-1)
        if (last === undefined) break
        after = last.offset
        await pause(pauseMs, undefined, { signal })
      }
    }
    return usage
  } catch (error) {
    if (signal.aborted || (error instanceof VainoError && error.code === 'cursor_expired')) return null
    throw error
  }
}

/** Once a day, and some time after the rules have changed, reports each rule that has matched nothing for a week, or everything. */
export function watchWeekOfRules(
  reader: StateReader,
  rules: CurrentRules,
  telemetry: Pick<Telemetry, 'emit'>,
): Disposable {
  const closing = new AbortController()
  let looking = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function look(): Promise<void> {
    looking = new AbortController()
    const current = rules.rules
    try {
      const signal = AbortSignal.any([closing.signal, looking.signal])
      const usage = current.ignoresChanges ? await usageSince(reader, current, Date.now() - weekMs, signal) : null
      if (usage !== null) report(usage)
    } catch (error) {
      telemetry.emit('rules_unexamined', { error })
    }
    if (!closing.signal.aborted) again(everyMs)
  }

  function report(usage: RuleUsage): void {
    rules.week = usage
    for (const { name: rule } of rules.rules.set.ignore) {
      const problem = usage.problemOf(rule)
      if (problem === null) continue
      telemetry.emit('rule_questionable', { rule, place: rules.placeOf(rule) ?? rule, problem, changes: usage.changes })
    }
  }

  function again(afterMs: number): void {
    clearTimeout(timer)
    timer = setTimeout(look, afterMs)
    timer.unref()
  }

  const stopListening = rules.onChange(() => {
    looking.abort()
    again(settleMs)
  })
  again(settleMs)
  return {
    [Symbol.dispose]() {
      closing.abort()
      stopListening()
      clearTimeout(timer)
    },
  }
}
