import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'

/** The folder of Google's discovery documents in a Python that has its API client. */
export function findGoogleDocuments(): string | null {
  const { GOOGLE_DOCUMENTS_PATH, XDG_CACHE_HOME } = process.env
  if (GOOGLE_DOCUMENTS_PATH) return existsSync(GOOGLE_DOCUMENTS_PATH) ? GOOGLE_DOCUMENTS_PATH : null
  const caches = [
    path.resolve(import.meta.dirname, '../../.cache'),
    ...(XDG_CACHE_HOME ? [path.join(XDG_CACHE_HOME, 'vaino')] : []),
  ]
  const pythons = caches
    .map((cache) => path.join(cache, 'google/lib'))
    .flatMap((lib) => (existsSync(lib) ? readdirSync(lib).map((name) => path.join(lib, name)) : []))
  return (
    pythons
      .map((python) => path.join(python, 'site-packages/googleapiclient/discovery_cache/documents'))
      .find(existsSync) ?? null
  )
}
