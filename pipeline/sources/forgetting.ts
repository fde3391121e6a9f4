import type { Scope } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { ClockReadings } from '../partition/steady-clock.ts'
import { SteadyClock } from '../partition/steady-clock.ts'

/** The engine, as far as forgetting a scope needs it. */
export interface ForgettingEngine {
  readonly reader: { scope(scope: Scope): ScopeStatus | null }
  forget(scope: Scope): Promise<unknown>
}

/** What becomes of scopes whose targets are gone. */
export interface GoneScopes {
  /** How long each scan has found the scope's target gone, as far as that is committed; null where the last one did not. */
  goneForMs(scope: Scope): number | null
  forget(scope: Scope): Promise<unknown>
}

/** {@link GoneScopes} for a source that has its scopes forgotten. */
export interface Forgetting extends GoneScopes {
  readonly afterMs: number
}

/** A clock that jumps ahead for a moment must not forget a scope. */
export function goneScopes(engine: ForgettingEngine, readings?: ClockReadings): GoneScopes {
  const clock = new SteadyClock(readings)
  return {
    goneForMs(scope) {
      const since = engine.reader.scope(scope)?.gone_since ?? null
      return since === null ? null : clock.nowMs() - Date.parse(since)
    },
    forget: (scope) => engine.forget(scope),
  }
}

export const forgettingOf = (gone: GoneScopes | undefined, afterMs: number | null): Forgetting | null =>
  gone === undefined || afterMs === null ? null : { ...gone, afterMs }

/**
 * Forgets the scope of a target that a scan has just found gone, if it has been gone for long enough.
 * @param atMostMs how long it can be gone, as this process knows; what is committed of the scope may be from before its last scan
 * @returns after which time to look again; null: it was forgotten
 */
export async function forgetWhenDue(forgetting: Forgetting, scope: Scope, atMostMs: number): Promise<number | null> {
  const goneForMs = Math.min(forgetting.goneForMs(scope) ?? 0, atMostMs)
  if (goneForMs < forgetting.afterMs) return forgetting.afterMs - goneForMs
  await forgetting.forget(scope)
  return null
}
