import type { Attribution, Nudge, Report, ReportOutcome, Source } from '../../connectors/source.ts'
import type { ScanSink } from '../../pipeline/intake/scan-sink.ts'
import { recordingSink } from './recording-sink.ts'
import { running, scopeNamed, sourceWith, thing } from './running.ts'

/** The scope of the one target. */
export const a = scopeNamed('a')
export const anna: Attribution = { actor: 'anna', occurredAt: '2026-11-29T12:00:00Z', event: { id: 'e1' } }
export const bob: Attribution = { actor: 'bob', occurredAt: '2026-11-29T12:00:05Z', event: { id: 'e2' } }
export const hour = 3_600_000

/** A source of things that are read alone, whose feed a test plays. `read` says what one is: there, absent, or a failure. */
export function feeding(read: (id: string) => 'there' | 'absent' | 'other' | Error, more: Partial<Source> = {}) {
  const asked: string[][] = []
  const feed = Promise.withResolvers<Nudge>()
  const source = sourceWith({
    async scan() {
      return {}
    },
    async reread(_target, ids, out) {
      asked.push([...ids].sort())
      for (const id of ids) {
        const found = read(id)
        if (found === 'there') await out.observe(thing(id))
        else if (found === 'absent') out.absent(id)
        else if (found === 'other') out.other(id)
        else out.missed({ message: found.message })
      }
      return {}
    },
    events: (out) => {
      feed.resolve(out)
      return new Promise(() => {})
    },
    ...more,
  })
  return { asked, source, feed: feed.promise }
}

/**
 * Opens a source with an interval of an hour, after its first scan.
 * @param changes what each reading changes, the last one for all others
 * @param newest where others record them
 */
export async function opened(
  source: Source,
  feed: Promise<Nudge>,
  changes: readonly number[] = [1],
  newest?: ScanSink['newest'],
) {
  const left = [...changes]
  const seenBy: (Attribution | undefined)[] = []
  const sink = recordingSink({
    onSettled: () => (left.length > 1 ? left.shift() : left[0]) ?? 0,
    ...(newest && { newest }),
  })
  const { events } = sink
  sink.events = (scope) => {
    const writer = events(scope)
    return {
      ...writer,
      observe: (resource, by) => {
        seenBy.push(by)
        return writer.observe(resource, by)
      },
      gone: (id, by) => {
        seenBy.push(by)
        return writer.gone(id, by)
      },
    }
  }
  const at = running([source], sink, undefined, hour)
  await at.clock.advance(0)
  const nudge = await feed
  const outcomes: ReportOutcome[] = []
  const tell = (report: Partial<Report> & { readonly by?: Attribution }): void => {
    const { by = anna } = report
    const said = { ids: ['x'], by, occurredAt: String(by.occurredAt), canReread: true, ...report }
    nudge.changed(a, said).then((outcome) => outcomes.push(outcome), console.error)
  }
  return { ...at, tell, outcomes, seenBy, stop: () => at[Symbol.asyncDispose]() }
}
