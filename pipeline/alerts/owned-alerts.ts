import type { JournalEntry } from '../../storage/alerts/alert-journal.ts'
import { AlertStore } from '../../storage/alerts/alert-store.ts'
import { hasReached } from '../drift/has-reached.ts'
import type { RunningEngine } from '../running-engine.ts'
import { type AlertsParts, openAlerts, type RunningAlerts } from './open-alerts.ts'

/** Rows in one transaction of a copy elsewhere. */
const rowsAtOnce = 256
/** Up to where the view of drift had followed the changes when something was told: a cursor of `/v1/changes`. */
const mark = 'followed'

/**
 * Tells while this node is the one of many that does. What the former one has told and what it left unsent comes first; then this node's view follows the changes as
 * far as the former one's had, so that nothing is taken for over that is only not here yet.
 */
export function openOwnedAlerts(parts: AlertsParts, own: NonNullable<RunningEngine['ownAlerts']>): RunningAlerts {
  let current: RunningAlerts | null = null
  const owning = own(async ({ entries, publish }, signal) => {
    const { engine, view } = parts
    using store = new AlertStore(parts.dataDir, engine.reader.logId)
    const journal = store.journal()
    store.transaction(() => journal.clear())
    for await (const page of entries) store.transaction(() => journal.restore(page))
    store.release()
    if (!(await hasReached({ view, reader: engine.reader }, store.mark(mark), signal))) return
    const lost = Promise.withResolvers<void>()
    const copy = async (): Promise<void> => {
      if (journal.isEmpty) return
      const position = view.position ?? engine.reader.asOf(Number.POSITIVE_INFINITY).position
      store.transaction(() => store.setMark(mark, engine.reader.encode(position)))
      for (let page = takePage(); page.length > 0; page = takePage()) await publish(page)
      store.release()
    }
    const takePage = (): JournalEntry[] => store.transaction(() => journal.take(rowsAtOnce))
    const ended = () => lost.resolve()
    signal.addEventListener('abort', ended, { once: true })
    if (signal.aborted) ended()
    await using alerts = openAlerts(parts, { store, copy, lost: lost.reject })
    current = alerts
    try {
      await lost.promise
    } finally {
      current = null
      signal.removeEventListener('abort', ended)
    }
  })
  return {
    undelivered: (limit, page) => current?.undelivered(limit, page) ?? { entries: [], page: null },
    [Symbol.asyncDispose]: () => owning[Symbol.asyncDispose](),
  }
}
