/** What Bun and Deno name differently, but for hashing (model/hash.ts) and the HTTP server (api/). */
interface Collectable {
  readonly Bun?: { gc(force: boolean): void }
  readonly gc?: () => void
}

/** Asks the runtime for a garbage collection, soon or at once; false where it can't be asked. */
export function collectGarbage(atOnce = false): boolean {
  const runtime = globalThis as Collectable
  if (runtime.Bun) runtime.Bun.gc(atOnce)
  else if (runtime.gc) runtime.gc()
  else return false
  return true
}
