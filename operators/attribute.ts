import { type Attributed, awaitedBy, changeMadeAt, waitMs } from '../model/attribution.ts'
import type { ResourceState, ScopeState } from '../model/partition-state.ts'
import { type Control, count, type OperatorContext } from './batch.ts'

/** Gives a change its maker: the newest one that may have been made at that time and has none. Without one the attribution waits. */
export function attribute(
  context: OperatorContext,
  scope: ScopeState,
  { id, attributed }: Control & { kind: 'attributed' },
): void {
  const { state, counters } = context
  const resource = state.find(scope, id)
  const changes = resource === null ? [] : state.attributableChanges(resource)
  const change = state.knowsEvent(scope, id, attributed.event.id) ? 'known' : changeMadeAt(changes, attributed)
  if (change === 'known') count(counters.suppressed, 'attribution_repeated')
  else if (resource !== null && change !== null) write(context, scope, resource, change, attributed)
  else {
    const dropped = state.awaitChange(scope, id, attributed)
    for (let n = 0; n < dropped; n++) count(counters.suppressed, 'attribution_crowded')
  }
}

/** Gives a change that was just recorded the attribution that waits for it, if there is one. */
export function attributeRecorded(context: OperatorContext, scope: ScopeState, recorded: ResourceState): void {
  const { state } = context
  for (const change of state.attributableChanges(recorded)) {
    const awaited = awaitedBy(change)
    const attributed =
      awaited === null ? null : state.takeWaiting(scope, recorded.name, awaited.window, awaited.manager)
    if (attributed !== null) write(context, scope, recorded, change, attributed)
    return
  }
}

/** Drops what has waited for too long. Called before each input, so that what is dropped depends on the transaction's time alone. */
export function dropUnmatched({ state, counters, nowMs }: OperatorContext): void {
  if (state.waitingAttributions === 0) return
  const dropped = state.dropWaiting(nowMs() - waitMs)
  for (let n = 0; n < dropped; n++) count(counters.suppressed, 'attribution_unmatched')
}

function write(
  { state, counters, working }: OperatorContext,
  scope: ScopeState,
  resource: ResourceState,
  change: Parameters<OperatorContext['state']['attribute']>[2],
  attributed: Attributed,
): void {
  counters.attributions++
  working()
  state.attribute(scope, resource, change, attributed)
}
