import { isAmbientObject } from '../../connectors/kubernetes/ambient.ts'
import { firstVerdict } from '../../connectors/kubernetes/applied/verdict.ts'
import type { ScanError } from '../../model/record.ts'
import type { Resource } from '../../model/resource.ts'
import type { Rules } from '../../model/rules.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import type { OpenedSource } from '../sources/open-sources.ts'
import { scanOnce } from '../sources/runner.ts'
import { messageOfError } from '../sources/scan-target.ts'
import { appliedOwner, appliedStatus } from './applied-finding.ts'
import { appliedScope } from './applied-pair.ts'
import { collectedHeaderOf, itemOf, type Known } from './drift-item.ts'
import { type JudgedItem, judgedItem } from './judged-item.ts'
import { onceSink } from './once-sink.ts'
import { failing, type Why, whyOfReason } from './why.ts'

/** Scans of kinds at once. */
const concurrency = 8

/** What was found of one cluster. */
export interface ClusterOnce {
  readonly cluster: string
  readonly items: readonly JudgedItem[]
  /** Objects that are as they were applied, where these are not among the items. */
  readonly inSync: number
  /** Objects to which nothing was applied that is known, and that nobody but the system itself has made. */
  readonly withoutApply: number
  /** Kinds, or all of it, that could not be read. */
  readonly failures: readonly Why[]
  readonly warnings: readonly Why[]
}

interface Gathered {
  readonly items: JudgedItem[]
  inSync: number
  withoutApply: number
  readonly failures: Why[]
  readonly warnings: Why[]
}

export interface AppliedOnceOptions {
  readonly rules: Rules
  readonly redactText: (text: string) => string
  /** Whether an item is made of each object that is in sync too; else they are counted. */
  readonly isInSyncListed: boolean
  onObserved(scope: Scope): void
}

/**
 * Lists the objects of clusters once and compares each with what it says itself was applied to it, without a server and without states. Memory: an
 * item an object that differs or isn't known.
 * @returns by cluster, in the order of their names
 * @throws the signal's reason
 */
export async function appliedOnce(
  sources: readonly OpenedSource[],
  options: AppliedOnceOptions,
  signal: AbortSignal,
): Promise<readonly ClusterOnce[]> {
  const clusters = new Map<string, Gathered>()
  const of = (cluster: string): Gathered => {
    const known = clusters.get(cluster) ?? { items: [], inSync: 0, withoutApply: 0, failures: [], warnings: [] }
    clusters.set(cluster, known)
    return known
  }
  const said: (readonly [what: string, why: Why])[] = []
  /** Sources that have listed anything. */
  const listed = new Set<string>()
  const failed = await scanOnce(
    sources,
    {
      ...{ redactText: options.redactText, concurrency, onObserved: options.onObserved },
      sink: (name) =>
        onceSink(
          (scope, object) => {
            listed.add(name)
            take(of(clusterOf(scope)), scope, object, options)
          },
          () => undefined,
        ),
      onFailure: (what, error) => void said.push([what, whyOf(what, error)]),
    },
    signal,
  )
  const incomplete = new Set(failed.map(({ scope }) => scope))
  for (const [what, why] of said) of(clusterOf(what))[incomplete.has(what) ? 'failures' : 'warnings'].push(why)
  for (const { source } of sources) {
    if (listed.has(source.name)) continue
    const { failures } = of(clusterOf(source.name))
    if (failures.length === 0) failures.push(nothingListed)
  }
  return [...clusters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([cluster, found]) => ({ cluster, ...found }))
}

/** By the name of a scope, or of a source that could not list its kinds. */
const clusterOf = (what: string): string => {
  const parts = what.startsWith('kubernetes/') ? splitScope(what as Scope) : null
  return parts?.account ?? what.replace(/^kubernetes:/, '')
}

/** Each cluster has objects: those that are asked for may be named wrongly. */
const nothingListed: Why = {
  ...{ reason: failing, message: 'no object was listed' },
  hint: 'Look at its `kinds`, `namespaces` and `selector`, and at what `vaino doctor` says.',
}

function whyOf(what: string, error: ScanError): Why {
  const kind = what.startsWith('kubernetes/') ? splitScope(what as Scope).collection : what
  const hint = typeof error === 'object' && typeof error.hint === 'string' ? error.hint : null
  return { reason: failing, message: `${kind}: ${messageOfError(error)}`, hint }
}

function take(found: Gathered, scope: Scope, object: Resource, { rules, isInSyncListed }: AppliedOnceOptions): void {
  const judged = firstVerdict(object)
  if (judged === null) {
    if (!isAmbientObject(object)) found.withoutApply++
    return
  }
  const { status, reason, ...fields } = appliedStatus(judged)
  if (status === 'in_sync' && !isInSyncListed) {
    found.inSync++
    return
  }
  const owner = appliedOwner(judged)
  const [actor, occurred_at] = [owner?.actor ?? null, owner?.occurredAt ?? null]
  const known: Known | null = status === 'in_sync' ? null : { status, ...fields, since: null, actor, occurred_at }
  const pair = { state: appliedScope(scope), live: scope, collection: object.type }
  const instance = { address: object.id, reason, ...collectedHeaderOf(object) }
  const why = status === 'unknown' ? whyOfReason(reason) : null
  found.items.push(judgedItem(itemOf(pair, instance, known, why), rules, Date.now()))
}
