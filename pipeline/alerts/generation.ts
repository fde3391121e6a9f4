import type { AlertStore } from '../../storage/alerts/alert-store.ts'

/** The number of the next comparison of what is with what was told; never 0, which stands for what came by itself. */
export function nextGeneration(store: AlertStore): number {
  const generation = Number(store.mark('generation') ?? 0) + 1
  store.transaction(() => store.setMark('generation', String(generation)))
  return generation
}
