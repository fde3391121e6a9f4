import type { Source, Target } from '../../connectors/source.ts'
import { differingPaths } from '../../model/differing-paths.ts'
import { canDrift, type Live, siblingTexts, type Verdict, verdictOf } from '../../model/drift.ts'
import type { Redactor } from '../../model/redaction.ts'
import type { Resource } from '../../model/resource.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import type { CollectedOnce } from './collected-once.ts'
import { type Heard, hear } from './read-once.ts'
import { isState } from './scopes.ts'
import { notRead, type Why, whyOfReason } from './why.ts'

/** What is to be said of one managed instance of a state. */
export interface OnceItem {
  readonly state: Scope
  readonly live: Scope
  /** The state's document; of what is in sync, only what names it. */
  readonly desired: Resource
  readonly verdict: Verdict
  /** Why it is unknown, in words. */
  readonly why: Why | null
}

/** One state compared with the real things behind it. */
export interface OnceState {
  readonly state: Scope
  readonly items: readonly OnceItem[]
  /** Why the state, or all that is behind it, was not read. */
  readonly failure: Why | null
  readonly remarks: readonly Why[]
}

export interface OnceOptions {
  /** What was collected; absent: nothing is. */
  readonly collected?: CollectedOnce
  readonly redactor: Redactor
  readonly wants: (state: Scope) => boolean
  /** Of the state that is read now. */
  onProgress(progress: OnceProgress): void
}

export interface OnceProgress {
  readonly state: Scope
  readonly read: number
  readonly of: number
  /** What differs is read a second time. */
  readonly isSecondLook: boolean
}

/**
 * Compares each state of a source with the real things behind it, without a server: a state at a time, whose documents are in memory, wanted and
 * real. What differs, and what is not there, is read a second time in another round before it is said: a null that a fault brought about, and a
 * field that moves by itself, are seen by it.
 * @param source opened with `readsOnce`
 * @throws VainoError when the source can't list its states; the signal's reason
 */
export async function* driftOnce(
  source: Source,
  options: OnceOptions,
  signal: AbortSignal,
): AsyncGenerator<OnceState, void, void> {
  const first = await source.targets(signal)[Symbol.asyncIterator]().next()
  const targets = first.done ? [] : first.value
  for (const target of targets) {
    const { account } = splitScope(target.scope)
    if (!isState(target.scope) || !options.wants(target.scope)) continue
    const live = targets.find(({ scope }) => {
      const parts = splitScope(scope)
      return parts.collection === 'live' && parts.account === account
    })
    yield await compareState(source, target, live ?? null, options, signal)
  }
}

const notThere: Why = {
  reason: 'not_read',
  message: 'nothing real is read for it',
  hint: 'Put the state back, or take it out of what is watched.',
}

async function compareState(
  source: Source,
  target: Target,
  live: Target | null,
  options: OnceOptions,
  signal: AbortSignal,
): Promise<OnceState> {
  const counts = { read: 0, of: 0, isSecondLook: false }
  const report = () => options.onProgress({ state: target.scope, ...counts })
  const redact = (resource: Resource) => void options.redactor.redactResource(resource)
  const quiet = { redact, redactText: options.redactor.redactText, onExpected: () => {}, onObserved: () => {} }
  const counting = {
    ...quiet,
    onExpected(count: number) {
      counts.of = count
      counts.read = 0
      report()
    },
    onObserved() {
      counts.read++
      report()
    },
  }
  const state = await hear(source, target, quiet, signal)
  const ids: string[] = []
  for (const desired of documentsOf(state)) if (canDrift(desired)) ids.push(desired.id)
  const empty = { state: target.scope, items: [], remarks: state.remarks }
  if (state.failure !== null) return { ...empty, failure: state.failure }
  if (live === null) {
    const { collected } = options
    if (collected === undefined) return { ...empty, failure: notThere }
    return { ...empty, items: existing(documentsOf(state, ids), target.scope, collected), failure: null }
  }
  const isSibling = siblingsAmong(documentsOf(state, ids))
  const once = await hear(source, live, counting, signal)
  const itemOf = (desired: Resource, { live: known, why }: Known): OnceItem => {
    const verdict = verdictOf({ desired, live: known, isSibling: isSibling(desired) })
    const said = verdict.status === 'unknown' ? (why ?? whyOfReason(verdict.reason)) : null
    return {
      state: target.scope,
      live: live.scope,
      desired: verdict.status === 'in_sync' ? named(desired) : desired,
      verdict,
      why: said,
    }
  }
  const items: OnceItem[] = []
  for (const desired of documentsOf(state, ids)) items.push(itemOf(desired, knownOf(desired.id, once)))
  const doubtful = new Set(items.filter(isDoubtful).map(({ desired: { id } }) => id))
  if (doubtful.size === 0 || once.failure !== null) {
    return { state: target.scope, items, failure: once.failure, remarks: [...state.remarks, ...once.remarks] }
  }
  counts.isSecondLook = true
  const again = await hear(source, live, counting, signal, doubtful)
  const settled = items.map((item) => (doubtful.has(item.desired.id) ? settle(item, once, again, itemOf) : item))
  return { state: target.scope, items: settled, failure: null, remarks: [...state.remarks, ...once.remarks] }
}

/** What is collected says of each instance whether it is there, and of none how it is. */
const existing = (instances: Iterable<Resource>, state: Scope, collected: CollectedOnce): OnceItem[] =>
  Array.from(instances, (desired) => {
    const { verdict, why } = collected.existence(state, desired)
    return { state, live: state, desired: named(desired), verdict, why }
  })

/** Takes notice of what all states of a source have, for a join with what is collected. @throws as {@link driftOnce} */
export async function noteStates(
  source: Source,
  collected: CollectedOnce,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<void> {
  const redact = (resource: Resource) => void redactor.redactResource(resource)
  const quiet = { redact, redactText: redactor.redactText, onExpected: () => {}, onObserved: () => {} }
  const first = await source.targets(signal)[Symbol.asyncIterator]().next()
  for (const target of first.done ? [] : first.value) {
    if (!isState(target.scope)) continue
    const state = await hear(source, target, quiet, signal)
    if (state.failure !== null || state.rest !== null || state.unread.size > 0) collected.lackState(target.scope)
    for (const desired of documentsOf(state)) if (canDrift(desired)) collected.add(target.scope, desired)
  }
}

const isDoubtful = ({ verdict, why }: OnceItem): boolean => verdict.status === 'changed' || why?.reason === 'null_once'

/** A difference that the second look could not look at was seen all the same. */
function settle(
  first: OnceItem,
  once: Heard,
  again: Heard,
  itemOf: (desired: Resource, known: Known) => OnceItem,
): OnceItem {
  const { id } = first.desired
  const [before, after] = [once.resource(id), again.resource(id)]
  if (before !== null && after?.metadata) {
    const moving = differingPaths(before.configuration ?? {}, after.configuration ?? {})
    if (moving.length > 0) after.metadata.volatile = moving
  }
  const next = itemOf(first.desired, knownOf(id, again, after))
  return first.verdict.status === 'changed' && next.verdict.status === 'unknown' ? first : next
}

interface Known {
  readonly live: Live
  readonly why: Why | null
}

/** What a scan has to say of one id. */
function knownOf(id: string, heard: Heard, actual = heard.resource(id)): Known {
  if (actual !== null) return { live: { kind: 'present', resource: actual, baseline: null }, why: null }
  if (heard.missing.has(id)) return { live: { kind: 'missing' }, why: null }
  const why = heard.unread.get(id) ?? heard.failure ?? heard.rest ?? whyOfReason(notRead)
  return { live: { kind: 'unknown', reason: why.reason }, why }
}

/** One after another, so that one is in memory as an object at a time. */
function* documentsOf(heard: Heard, ids: Iterable<string> = heard.ids): Generator<Resource, void, void> {
  for (const id of ids) {
    const resource = heard.resource(id)
    if (resource !== null) yield resource
  }
}

/** The document without what only comparing needs. */
function named(desired: Resource): Resource {
  const { arn = null, self_link = null, id = null } = desired.configuration ?? {}
  return { ...desired, configuration: { arn, self_link, id }, metadata: {} }
}

/** Whether a text names another instance of the state than the one at hand. */
function siblingsAmong(desired: Iterable<Resource>): (of: Resource) => (text: string) => boolean {
  const counts = new Map<string, number>()
  for (const resource of desired) {
    for (const text of siblingTexts(resource)) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return (of) => {
    const own = siblingTexts(of)
    return (text) => (counts.get(text) ?? 0) > own.filter((one) => one === text).length
  }
}
