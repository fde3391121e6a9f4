import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '../../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions, type EngineOptions } from '../../pipeline/engine-options.ts'
import type { RunningEngine } from '../../pipeline/running-engine.ts'
import { createTelemetry } from '../../pipeline/telemetry/telemetry.ts'
import { benchScan, eachOf, oneChunk } from './made-up.ts'

/** The input is most of these processes' memory, so its bound must not hold the engine back; see the memory benchmark. */
const memory = { gcThresholdBytes: 8e9, backpressureBytes: 8e9, gcIntervalMs: 30_000 }

/** An engine over a folder of its own, removed with it. */
export async function benchEngine(
  options: Partial<EngineOptions> = {},
): Promise<{ readonly engine: RunningEngine } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
  const telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
  const engine = await openEngine({ ...defaultEngineOptions, memory, ...options, dataDir: folder }, telemetry)
  return {
    engine,
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Sends the scans and resolves when all of them are on the disk.
 * @param atOnce scans that are sent side by side
 * @returns the seconds that it took, and the number of changes
 */
export async function sendScans(
  engine: RunningEngine,
  scans: readonly Uint8Array[],
  atOnce: number,
): Promise<{ readonly seconds: number; readonly changes: number }> {
  let changes = 0
  const startedAt = performance.now()
  await eachOf(scans.length, atOnce, async (scope) => {
    const body = scans[scope] as Uint8Array
    const result = await engine.ingest(oneChunk(body), 'bench', undefined, body.byteLength)
    changes += result.changes ?? 0
  })
  return { seconds: (performance.now() - startedAt) / 1000, changes }
}

/** The complete scans of `scopes` scopes, one each, as request bodies. */
export const scansOf = (
  scopes: number,
  perScope: number,
  round: number,
  revisionOf: (n: number) => number,
): Uint8Array[] => Array.from({ length: scopes }, (_, scope) => benchScan(scope, perScope, round, revisionOf))
