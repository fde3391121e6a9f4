// Long because every way to a delete, by a scan, its source or an operator, ends in the same few functions.
import { map, type OperatorFunction } from 'rxjs'
import type { DeleteReason, Op } from '../model/change.ts'
import { parseJson } from '../model/json.ts'
import type { ChangeDraft, Envelope, ResourceState, ScopeState } from '../model/partition-state.ts'
import type { ScanError } from '../model/record.ts'
import type { Resource } from '../model/resource.ts'
import { attribute, attributeRecorded } from './attribute.ts'
import type { Batch, Candidate, Control, OperatorContext, Outcome, ScanBegin } from './batch.ts'
import { count, placeOf } from './batch.ts'
import { countChange } from './change-counts.ts'
import { ageOf } from './ended-scan.ts'
import { type BegunWith, planDeletion } from './guard.ts'
import { hashId } from './id-hash.ts'

/**
 * **Turns comparisons and scan controls into recorded changes: what is created, updated, deleted or held, and why.**
 *
 * Everything that it does to the partition belongs to the transaction that is open.
 */
export const reconcile = (context: OperatorContext): OperatorFunction<Batch, Batch> =>
  map((batch) => {
    for (const candidate of batch.candidates) {
      if (candidate.outcome !== null) settle(context, batch, candidate, candidate.outcome)
    }
    if (batch.control !== null) control(context, batch, batch.control)
    return batch
  })

function settle(context: OperatorContext, { scope }: Batch, candidate: Candidate, outcome: Outcome): void {
  const { state } = context
  if (outcome.kind === 'same') {
    const { current, envelope } = outcome
    if (current.condition === 'held') context.counters.holdsSeenAgain++
    const id = hashId(current.name, scope.id)
    state.confirm(scope, current, id, { ...outcome, observedAtMs: envelope.observedAtMs })
    state.mark(scope, current.id, isUnderScan(scope, envelope), true)
    return
  }
  const { resource } = outcome
  const wasLive = outcome.current !== null && outcome.current.condition !== 'deleted'
  const id = candidate.idLo === 0 && candidate.idHi === 0 ? hashId(resource.id, scope.id) : candidate
  const underScan = isUnderScan(scope, outcome.envelope)
  let current = outcome.current
  if (current?.condition === 'held') context.counters.holdsSeenAgain++
  if (outcome.replaced && current !== null && outcome.before !== null) {
    current = recordDelete(context, scope, current, outcome.before, outcome.envelope, 'replaced')
  }
  const live = current !== null && current.condition !== 'deleted'
  const firstSight: Op = underScan && !scope.hadComplete ? 'r' : 'c'
  const recorded = write(context, scope, id, {
    op: live ? 'u' : current === null ? firstSight : 'c',
    reason: null,
    current,
    resourceName: resource.id,
    uid: outcome.uid,
    hashes: outcome.hashes,
    envelope: outcome.envelope,
    header: resource,
    fields: outcome.fields,
    before: live ? (outcome.before?.document ?? null) : null,
    after: outcome.document,
  })
  state.mark(scope, recorded.id, underScan, wasLive)
}

const isUnderScan = (scope: ScopeState, envelope: Envelope): boolean =>
  scope.scan !== null && envelope.scan === scope.scan

function write(
  context: OperatorContext,
  scope: ScopeState,
  id: Parameters<typeof context.state.record>[2],
  draft: ChangeDraft,
) {
  context.counters.changes[draft.op]++
  countChange(context.counters.changesByType, draft.op, draft.header)
  context.working()
  const recorded = context.state.record(scope, draft, id)
  if (context.state.waitingAttributions > 0) attributeRecorded(context, scope, recorded)
  return recorded
}

function recordDelete(
  context: OperatorContext,
  scope: ScopeState,
  current: ResourceState,
  before: { readonly resource: Resource; readonly document: string },
  envelope: Envelope,
  reason: DeleteReason,
): ResourceState {
  return write(context, scope, hashId(current.name, scope.id), {
    op: 'd',
    reason,
    current,
    resourceName: current.name,
    uid: null,
    hashes: null,
    envelope,
    header: before.resource,
    fields: [],
    before: before.document,
    after: null,
  })
}

/** Deletes live resources one by one; only one document is in memory at a time. */
function deleteAll(
  context: OperatorContext,
  scope: ScopeState,
  ids: Uint32Array,
  envelope: Envelope,
  reason: DeleteReason = 'scan',
): void {
  for (const id of ids) {
    const current = context.state.resourceById(id)
    if (current !== null) deleteLive(context, scope, current, envelope, reason)
  }
}

function deleteLive(
  context: OperatorContext,
  scope: ScopeState,
  current: ResourceState,
  envelope: Envelope,
  reason: DeleteReason,
): void {
  const document = context.state.document(current)
  const resource = parseJson(document) as unknown as Resource
  recordDelete(context, scope, current, { resource, document }, envelope, reason)
}

function control(context: OperatorContext, batch: Batch, record: Control): void {
  const { scope } = batch
  const { state, counters } = context
  switch (record.kind) {
    case 'release':
      releaseHold(context, scope, record.apply)
      return
    case 'forget':
      forgetScope(context, scope)
      return
    case 'begin':
      beginScan(context, scope, record)
      return
    case 'gone': {
      const current = state.find(scope, record.id)
      if (current === null || current.condition === 'deleted') count(counters.suppressed, 'gone_unknown')
      else deleteLive(context, scope, current, record.envelope, 'source')
      return
    }
    case 'attributed':
      attribute(context, scope, record)
      return
    case 'end':
      if (scope.scan === record.scan) endScan(context, scope, record)
      else {
        const detail = `${record.scan}: ${whyNotOpen(scope, record.scan)}`
        context.deadLetter('scan_not_open', detail, placeOf(batch, record.line), record.preview)
      }
  }
}

function beginScan({ state, counters, nowMs }: OperatorContext, scope: ScopeState, begin: ScanBegin): void {
  const age = ageOf(scope, begin, nowMs())
  if (age === 'new') {
    if (scope.scan !== null) counters.scansAbandoned++
    state.beginScan(scope, begin.scan, begin.observedAtMs)
    return
  }
  count(counters.suppressed, age === 'repeated' ? 'scan_repeated' : 'scan_outdated')
  // What an outdated scan observed is an older view than the one that is known, and would be recorded as changes back.
  state.passOver(scope, age === 'outdated' ? begin.scan : null)
  if (scope.scan !== begin.scan) return
  // Another scan of its name is open: what follows doesn't say to which of the two it belongs.
  counters.scansAbandoned++
  state.abandonScan(scope)
}

function whyNotOpen({ scan, ended, outdatedScan }: ScopeState, name: string): string {
  if (outdatedScan === name)
    return 'it began before the last scan of this scope had ended, so a later view is known; are the clocks right?'
  if (ended?.scan === name) return 'it has ended already, and was sent twice'
  return scan === null ? 'no scan is open' : `the open scan is ${scan}`
}

function endScan(context: OperatorContext, scope: ScopeState, end: Control & { kind: 'end' }): void {
  const { counters } = context
  const unfounded = end.complete && end.unchanged && !mayBeUnchanged(scope)
  const lost = end.complete && !unfounded && (end.count ?? (end.unchanged ? 0 : null)) !== scope.seenUnderScan
  const complete = end.complete && !lost && !unfounded
  if (complete) counters.scansComplete++
  else if (lost) counters.scansLost++
  else counters.scansIncomplete++
  const errors: ScanError[] = [
    ...end.errors,
    ...(lost ? [lostRecords(end.count, scope.seenUnderScan)] : []),
    ...(unfounded ? [nothingToConfirm] : []),
  ]
  if (complete && !end.unchanged) applyCompleteScan(context, scope, end)
  const { warnings, attributes } = end
  context.state.endScan(scope, {
    complete,
    endedAtMs: end.observedAtMs,
    saidAtMs: end.saidAtMs,
    errors,
    warnings,
    attributes,
  })
}

/** There is a complete view, nothing was observed since it began to be confirmed, and no delete waits for another look. */
const mayBeUnchanged = ({ hadComplete, failed, held, seenUnderScan }: ScopeState): boolean =>
  hadComplete && !failed && held === 0 && seenUnderScan === 0

const nothingToConfirm: ScanError = {
  message:
    'The scan ended as unchanged, but the last one was incomplete, left deletes held, or was none: the scope has to be read.',
}

const lostRecords = (said: number | null, arrived: number): ScanError => ({
  message:
    said === null
      ? 'The scan ended as complete without saying how many resources it observed, so nothing was deleted.'
      : `The scan observed ${said} resources and ${arrived} arrived, so records were lost and nothing was deleted.`,
})

function applyCompleteScan(context: OperatorContext, scope: ScopeState, end: Control & { kind: 'end' }): void {
  const { state, counters } = context
  const { fresh, held } = state.unseen(scope)
  const plan = planDeletion(begunWith(scope), fresh, held)
  counters.holdsConfirmed += held.length
  counters.deletesHeld += plan.hold.length
  const envelope: Envelope = { scan: end.scan, observedAtMs: end.observedAtMs, occurredAt: null, actor: null }
  if (plan.hold.length > 0) context.held(scope.scope, plan.hold.length, scope.liveAtBegin ?? scope.live)
  deleteAll(context, scope, plan.delete, envelope)
  for (const id of plan.hold) {
    context.working()
    const resource = state.resourceById(id)
    if (resource === null) continue
    state.setHeld(scope, id, true)
    state.forget(hashId(resource.name, scope.id))
  }
}

/** What the guard measures a scan by. A scan that an earlier vaino began is measured by what is live now. */
const begunWith = ({ live, seen, liveAtBegin, seenFromBefore }: ScopeState): BegunWith =>
  liveAtBegin === null ? { live, seen } : { live: liveAtBegin, seen: seenFromBefore }

/**
 * Ends a scope's holds at an operator's word: the deletes happen, or are forgotten until a scan misses the resources anew.
 * @returns how many deletes were held
 */
export function releaseHold(context: OperatorContext, scope: ScopeState, apply: boolean): number {
  const { state, counters } = context
  const held = state.heldResources(scope)
  if (apply) {
    counters.holdsReleased += held.length
    const observedAtMs = scope.lastCompleteAtMs ?? context.nowMs()
    deleteAll(context, scope, held, { scan: null, observedAtMs, occurredAt: null, actor: null })
  } else {
    counters.holdsDropped += held.length
    for (const id of held) {
      context.working()
      state.setHeld(scope, id, false)
    }
  }
  return held.length
}

/**
 * Forgets a scope at an operator's word: its live resources are deleted, held ones too, and what is known of its scans goes, so
 * that a later scan begins it anew. Versions go on counting.
 * @returns the number of resources that were live
 */
export function forgetScope(context: OperatorContext, scope: ScopeState): number {
  const { state } = context
  const live = state.liveResources(scope)
  const envelope: Envelope = { scan: null, observedAtMs: context.nowMs(), occurredAt: null, actor: null }
  deleteAll(context, scope, live, envelope, 'forgotten')
  state.forgetScope(scope)
  return live.length
}
