import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { repository } from '../lanes.ts'

const itemSchema = z.object({
  address: z.string(),
  status: z.enum(['in_sync', 'changed', 'missing', 'unknown']),
  reason: z.string().nullable(),
  message: z.string().nullable(),
  fields: z.array(z.object({ path: z.string(), before: z.json(), after: z.json() })),
})
const reportSchema = z.object({
  drift: z.array(itemSchema),
  coverage: z.object({ managed: z.number(), in_sync: z.number(), unknown: z.number() }),
})
export type DriftItem = z.infer<typeof itemSchema>

export interface DriftRun {
  readonly code: number
  /** All that is not in sync. */
  readonly items: readonly DriftItem[]
  readonly coverage: z.infer<typeof reportSchema>['coverage']
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
  /** The largest resident memory of vaino, or of a process that it waited for. */
  readonly peakBytes: number
}

/**
 * `vaino drift` of one root module, as a person types it.
 * @param env all that vaino's shell has beside its search path
 * @param live options of live reading beside the defaults
 */
export async function runDrift(
  infra: string,
  env: Readonly<Record<string, string>>,
  live: object = {},
): Promise<DriftRun> {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-drift-'))
  try {
    const file = path.join(folder, 'vaino.yaml')
    // YAML takes JSON.
    writeFileSync(
      file,
      JSON.stringify({ sources: [{ kind: 'terraform', where: infra, live: { every: '1h', ...live } }] }),
    )
    const began = performance.now()
    const child = Bun.spawn(
      [path.join(repository, 'node_modules/.bin/bun'), 'cli/main.ts', 'drift', '--config', file, '-o', 'json'],
      {
        cwd: repository,
        env: { PATH: process.env.PATH, HOME: folder, TMPDIR: tmpdir(), ...env },
        stdout: 'pipe',
        stderr: 'pipe',
      },
    )
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    if (!stdout.startsWith('{')) throw new Error(`vaino drift ended with ${code}: ${stderr}`)
    const { drift, coverage } = reportSchema.parse(JSON.parse(stdout))
    const seconds = (performance.now() - began) / 1000
    const peakBytes = child.resourceUsage()?.maxRSS ?? Number.NaN
    return { code, items: drift, coverage, stdout, stderr, seconds, peakBytes }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The top of each field's path: `ingress` of `ingress[from_port=22].cidr_blocks`. */
export const topsOf = ({ fields }: DriftItem): string[] => [
  ...new Set(fields.map((field) => field.path.replace(/[.[].*$/s, ''))),
]
