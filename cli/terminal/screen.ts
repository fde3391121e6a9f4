import { setTimeout as sleep } from 'node:timers/promises'
import type { ScopeStatus } from '../../model/status.ts'
import type { LiveStatus } from '../../pipeline/telemetry/live-status.ts'
import type { LogDestination } from '../../pipeline/telemetry/log.ts'
import type { Telemetry } from '../../pipeline/telemetry/telemetry.ts'
import { recentChanges } from '../commands/recent-changes.ts'
import type { RunningNode } from '../node.ts'
import { changeText } from './change-text.ts'
import { createLiveBlock } from './live-block.ts'
import { statusLines } from './status-lines.ts'
import { type Paint, type Terminal, terminalOf } from './terminal.ts'

/** What `vaino up` shows on stderr: on a terminal what changes, and below it a status that is redrawn in place. */
export interface Screen extends Disposable {
  readonly isLive: boolean
  readonly paint: Paint
  /** Where log lines go, so that they don't tear the status; `null` where there is none to tear. */
  readonly log: LogDestination | null
  /** Writes whole lines that stay. */
  tell(text: string): void
  /** Shows a node until the signal; returns at once where there is no terminal. */
  follow(node: RunningNode, telemetry: Telemetry, signal: AbortSignal): Promise<void>
}

const redrawMs = 250
/** Many scopes take long to read, and their state changes slowly. */
const scopesEveryMs = 1000
/** Changes shown in full between two redraws; more than this nobody could read. */
const toldAtOnce = 20

export function createScreen(color: boolean): Screen {
  const terminal = terminalOf(process.stderr, color)
  if (!terminal.isTerminal) {
    const tell = (text: string) => void process.stderr.write(text)
    return { isLive: false, paint: terminal.paint, log: null, tell, follow: async () => {}, [Symbol.dispose]: () => {} }
  }
  const block = createLiveBlock(process.stderr)
  return {
    isLive: true,
    paint: terminal.paint,
    log: { write: block.above },
    tell: block.above,
    async follow(node, telemetry, signal) {
      const takeRecent = recentChanges(node.engine)
      let scopes: readonly ScopeStatus[] = []
      let scopesReadAt = Number.NEGATIVE_INFINITY
      let shownChanges = 0
      while (!signal.aborted) {
        const changes = takeRecent(toldAtOnce)
        const totals = telemetry.status()
        shownChanges += changes.length
        // Workers report what they committed a moment after it can be read, so this is never too many.
        const left = totals.changes.c + totals.changes.u + totals.changes.d - shownChanges
        if (left > 0) shownChanges += left
        const more = left > 0 ? terminal.paint.dim(`… ${left} more; \`vaino watch\` shows each\n`) : ''
        const text = changes.map((change) => changeText(change, terminal)).join('') + more
        if (text !== '') block.above(text)
        if (performance.now() - scopesReadAt >= scopesEveryMs) {
          scopes = node.engine.scopes()
          scopesReadAt = performance.now()
        }
        block.draw(linesOf(node, totals, scopes, terminal))
        await sleep(redrawMs, undefined, { signal }).catch(() => undefined)
      }
      block.draw([])
    },
    [Symbol.dispose]: () => block[Symbol.dispose](),
  }
}

function linesOf(node: RunningNode, totals: LiveStatus, scopes: readonly ScopeStatus[], terminal: Terminal): string[] {
  const status = {
    url: node.server.url,
    sources: node.sources.status(),
    scopes,
    totals,
    problems: node.engine.health().problems,
  }
  return statusLines(status, terminal.columns(), process.stderr.rows || 24, terminal.paint)
}
