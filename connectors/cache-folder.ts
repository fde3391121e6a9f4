import os from 'node:os'
import path from 'node:path'

/** Where users keep what can be made again: `VAINO_CACHE_DIR`, else the platform's own place; null: nothing is kept. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string | null {
  const { VAINO_CACHE_DIR, XDG_CACHE_HOME, HOME = os.homedir() } = environment
  if (VAINO_CACHE_DIR !== undefined) return VAINO_CACHE_DIR === '' ? null : path.resolve(VAINO_CACHE_DIR)
  if (XDG_CACHE_HOME !== undefined && path.isAbsolute(XDG_CACHE_HOME)) return path.join(XDG_CACHE_HOME, 'vaino')
  if (!path.isAbsolute(HOME)) return null
  return path.join(HOME, process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'vaino')
}
