import { VainoError } from '../../model/errors.ts'
import type { Rules } from '../../model/rules.ts'
import { formatScope, type Scope } from '../../model/scope.ts'
import { appliedOnce, type ClusterOnce } from '../../pipeline/drift/applied-once.ts'
import { selfSayingScopes } from '../../pipeline/drift/applied-pair.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import { Tally } from '../../pipeline/drift/once-report.ts'
import type { Why } from '../../pipeline/drift/why.ts'
import type { openToReadOnce } from '../../pipeline/sources/open-sources.ts'
import { scopeLabel } from '../terminal/label.ts'
import type { Page } from '../terminal/output.ts'
import type { createProgress } from '../terminal/progress.ts'
import { counted } from '../terminal/words.ts'
import { bySeverity, type DriftWriter } from './drift-output.ts'

/** Whether objects of a kind of source say themselves what was applied to them. */
export const saysApplied = (kind: string): boolean => selfSayingScopes === `${kind}/`

interface Host {
  readonly page: Page
  readonly progress: ReturnType<typeof createProgress>
  readonly signal: AbortSignal
  readonly rules: Rules
  readonly writer: DriftWriter
  readonly isInSyncListed: boolean
  shows(item: JudgedItem): boolean
}

/** Compares the objects of clusters with what was applied to them, where no state is named. @returns the exit code */
export async function appliedDrift(
  opened: Awaited<ReturnType<typeof openToReadOnce>>,
  { page, progress, signal, rules, writer, isInSyncListed, shows }: Host,
): Promise<0 | 1 | 2> {
  const startedAt = performance.now()
  const tally = new Tally()
  for (const { source, config } of opened)
    if (!saysApplied(config.kind)) {
      page.note(`${source.name} is compared with nothing: no states are named`)
      tally.add([], notCompared)
    }
  const clusters = opened.filter(({ config }) => saysApplied(config.kind))
  const [{ redactor } = noCluster()] = clusters
  let observed = 0
  const found = await appliedOnce(
    clusters,
    {
      ...{ rules, isInSyncListed, redactText: redactor.redactText },
      onObserved: (scope) => progress.show(`reading: ${++observed}, ${scopeLabel(scope).where}`),
    },
    signal,
  )
  progress.clear()
  for (const cluster of found) {
    tally.add(cluster.items, null)
    tally.addApplied(cluster.inSync, cluster.withoutApply)
    for (const failure of cluster.failures) tally.add([], failure)
    await writer.state(resultOf(cluster, shows))
  }
  const seconds = (performance.now() - startedAt) / 1000
  await writer.end({ coverage: tally.coverage, states: 0, unread: tally.unread, seconds })
  return tally.exitCode
}

const notCompared: Why = { reason: 'not_covered', message: 'is compared with nothing', hint: null }

const noCluster = (): never => {
  throw new VainoError('internal', 'no cluster is read')
}

function resultOf({ cluster, items, inSync, withoutApply, failures, warnings }: ClusterOnce, shows: Host['shows']) {
  const without = {
    ...{ reason: 'not_applied', hint: null },
    message: `to ${counted(withoutApply, 'object')} nothing was applied that is known: what they should be nobody says`,
  }
  return {
    state: items[0]?.state ?? placeOf(cluster),
    items: items.filter(shows).sort(bySeverity),
    all: items,
    total: items.length + inSync + withoutApply,
    failure: null,
    remarks: [...failures, ...warnings, ...(withoutApply === 0 ? [] : [without])],
  }
}

const placeOf = (account: string): Scope =>
  formatScope({ provider: 'kubernetes', account, location: null, collection: 'applied' })
