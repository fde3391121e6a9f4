// The cache folder of a test's process.
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** As connectors/cache-folder.ts has it, which plain Node can't read. */
function folderOfUser({ VAINO_CACHE_DIR, XDG_CACHE_HOME, HOME = os.homedir() }) {
  if (VAINO_CACHE_DIR) return VAINO_CACHE_DIR
  if (XDG_CACHE_HOME) return path.join(XDG_CACHE_HOME, 'vaino')
  return path.join(HOME, process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'vaino')
}

/**
 * Makes an empty cache, so that no test finds what another has kept. AWS's clients alone are those that the user has, where they were made
 * ready (`bun connectors/aws/ready.ts`): a test that fetched them would need more than loopback.
 * @returns its path
 */
export function ownCache(folder, env) {
  const cache = path.join(folder, 'cache')
  mkdirSync(cache)
  const kept = folderOfUser(env)
  const clients = existsSync(kept) ? readdirSync(kept).filter((name) => /^aws-(packages|sdk)-/.test(name)) : []
  for (const name of clients) symlinkSync(path.join(kept, name), path.join(cache, name))
  return cache
}
