/** What Bun and Deno name differently, but for hashing (model/hash.ts) and the HTTP server (api/). */
interface Collectable {
  readonly Bun?: { gc(force: boolean): void }
  readonly gc?: () => void
}

/** Asks the runtime for a garbage collection; false where it can't be asked. */
export function collectGarbage(): boolean {
  const runtime = globalThis as Collectable
  if (runtime.Bun) runtime.Bun.gc(false)
  else if (runtime.gc) runtime.gc()
  else return false
  return true
}
