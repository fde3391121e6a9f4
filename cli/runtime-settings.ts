import { carried } from '../runtime/carried.ts'

/** What the launcher (`vaino`, which says why) sets before the runtime starts: the runtime reads it once, before any code of ours. */
export const runtimeSettings = { BUN_CONFIG_MAX_HTTP_REQUESTS: '4096', BUN_JSC_forceRAMSize: '700000000' } as const

/** Commands that run for long or hold much; for the others a second start of the program (20 ms) buys nothing. */
const settled = new Set(['up', 'scan', 'drift'])

/**
 * The one-file program has no launcher: it replaces itself by itself with those settings, in the same process. Whatever of them is
 * set already stays. @param argv without the program's name
 */
export function startWithSettings(argv: readonly string[]): void {
  if (carried === null || !argv.some((word) => settled.has(word))) return
  const missing = Object.entries(runtimeSettings).filter(([name]) => process.env[name] === undefined)
  if (missing.length === 0) return
  process.execve?.(process.execPath, [process.execPath, ...argv], { ...process.env, ...Object.fromEntries(missing) })
}
