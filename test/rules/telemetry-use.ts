import { eventTable } from '../../pipeline/telemetry/event-table.ts'
import { fedGauges } from '../../pipeline/telemetry/telemetry.ts'
import { createCounters } from '../../pipeline/telemetry/worker-counters.ts'
import { isShipped, type SourceFile, type Violation } from './tree.ts'

const declaredIn = 'pipeline/telemetry/'

/** The heap's three are added by one call. */
const isCounted = (name: string, code: string): boolean =>
  ['heapBytes', 'gcRuns', 'gcMs'].includes(name)
    ? /\.addTo\(\w*counters\)/.test(code)
    : new RegExp(`\\bcounters\\.${name}\\b`).test(code)

/** Everything that the telemetry declares is really reported by somebody: a metric that stays 0 for ever misleads. */
export function telemetryViolations(files: readonly SourceFile[]): Violation[] {
  const elsewhere = files
    .filter((file) => isShipped(file) && !file.path.startsWith(declaredIn))
    .map(({ text }) => text)
    .join('\n')
  // The telemetry emits these itself.
  const own = ['dead_letters', 'gauge_unreadable', 'spans_sent', 'spans_delayed', 'spans_lost']
  const silent = Object.keys(eventTable).filter((name) => !own.includes(name) && !elsewhere.includes(`'${name}'`))
  const unfed = fedGauges.filter((name) => !elsewhere.includes(`'${name}'`))
  const uncounted = Object.keys(createCounters()).filter((name) => !isCounted(name, elsewhere))
  return [
    ...silent.map((name) => ({ path: `${declaredIn}event-table.ts`, problem: `nobody emits ${name}` })),
    ...unfed.map((name) => ({ path: `${declaredIn}telemetry.ts`, problem: `nobody feeds ${name}` })),
    ...uncounted.map((name) => ({ path: `${declaredIn}worker-counters.ts`, problem: `no worker counts ${name}` })),
  ]
}
