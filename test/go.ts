import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { needs } from './lanes.ts'

/** Runs `go` in the folder of a module of ours and answers what it printed. @param timeoutMs for a build, with all modules to fetch */
export function runGo(folder: string, args: readonly string[], timeoutMs = 60_000): string {
  const { status, stdout, stderr, error } = spawnSync(needs.go.found ?? 'go', args, {
    cwd: folder,
    env: { ...process.env, GOFLAGS: '-mod=mod -buildvcs=false', CGO_ENABLED: '0', GOWORK: 'off' },
    encoding: 'utf8',
    timeout: timeoutMs,
  })
  if (status !== 0) throw new Error(`go ${args[0]} failed: ${error?.message ?? `${stdout}${stderr}`.slice(-2000)}`)
  return stdout
}

/** Other sources, or another Go, are another hash. */
export function sourceHash(files: readonly string[]): string {
  const hash = createHash('sha256').update(runGo(path.dirname(files[0] ?? '.'), ['version']))
  for (const file of files.toSorted()) hash.update(path.basename(file)).update(readFileSync(file))
  return hash.digest('hex').slice(0, 8)
}
