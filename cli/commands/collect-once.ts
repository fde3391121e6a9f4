import type { Scope } from '../../model/scope.ts'
import { CollectedOnce, type OnceStranger } from '../../pipeline/drift/collected-once.ts'
import { noteStates } from '../../pipeline/drift/drift-once.ts'
import { identitiesOf } from '../../pipeline/drift/identities.ts'
import type { openToReadOnce } from '../../pipeline/sources/open-sources.ts'
import { scopeLabel } from '../terminal/label.ts'
import type { Page } from '../terminal/output.ts'
import type { createProgress } from '../terminal/progress.ts'

/** Whether a kind of source collects what states are joined with. */
export const isCollecting = (kind: string): boolean => identitiesOf(kind) !== undefined

interface Host {
  readonly page: Page
  readonly progress: ReturnType<typeof createProgress>
  readonly signal: AbortSignal
}

/** Reads all states and then what the other sources collect, once. @returns null where no source collects anything */
export async function collectOnce(
  opened: Awaited<ReturnType<typeof openToReadOnce>>,
  { page, progress, signal }: Host,
): Promise<CollectedOnce | null> {
  const collecting = opened.filter(({ config }) => isCollecting(config.kind))
  const [redactText] = collecting.map(({ redactor }) => redactor.redactText)
  if (redactText === undefined) return null
  const collected = new CollectedOnce()
  for (const { config, source, redactor } of opened)
    if (!isCollecting(config.kind)) await noteStates(source, collected, redactor, signal)
  let observed = 0
  const onObserved = (scope: Scope) => progress.show(`collecting: ${++observed}, ${scopeLabel(scope).where}`)
  const failures = await collected.collect(collecting, { redactText, onObserved }, signal)
  progress.clear()
  for (const failure of failures) page.note(failure)
  for (const state of collected.lacking)
    page.note(`${scopeLabel(state).where} was not read whole, so nothing is called unmanaged: it may be in there`)
  return collected
}

/** What is in no state, by account and region. */
export function* strangersByPlace(collected: CollectedOnce | null): Generator<OnceStranger[], void, void> {
  let place: OnceStranger[] = []
  for (const one of collected?.strangers() ?? []) {
    const [before] = place
    if (before !== undefined && scopeLabel(before.scope).where !== scopeLabel(one.scope).where) {
      yield place
      place = []
    }
    place.push(one)
  }
  if (place.length > 0) yield place
}
