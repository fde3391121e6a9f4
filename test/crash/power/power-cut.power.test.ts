import { describe, expect, test } from 'bun:test'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openEngine } from '../../../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../../../pipeline/engine-options.ts'
import type { RunningEngine } from '../../../pipeline/running-engine.ts'
import { createTelemetry } from '../../../pipeline/telemetry/telemetry.ts'
import { Random, seedOf } from '../../random.ts'
import type { KeyHistories } from '../key-histories.ts'
import { type PlannedRequest, planRequests } from '../request-plan.ts'
import { bodyOf, historiesOf, runUndisturbed, type Undisturbed } from '../undisturbed-run.ts'
import { cutPower, type Survival } from './power-cut.ts'
import { RecordedRun } from './recorded-run.ts'

const producers = 3
const requestsEach = 80
const cuts = 24

/** A folder as a cut could have left it, with what is written by other means than those that are recorded (identity.json). */
function afterCut(run: RecordedRun, position: number, survival: Survival, random: Random): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-after-cut-'))
  cutPower(run.until(position), { from: run.files, to: folder, survival, random })
  mkdirSync(path.join(folder, 'data/partitions'), { recursive: true })
  for (const name of readdirSync(path.join(run.files, 'data'))) {
    if (name.endsWith('.json')) cpSync(path.join(run.files, 'data', name), path.join(folder, 'data', name))
  }
  return folder
}

/** Opens a data directory, hands its engine to `look`, and looks whether its files are whole. */
async function withEngine(dataDir: string, look: (engine: RunningEngine) => Promise<void>): Promise<void> {
  using telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  {
    await using engine = await openEngine({ ...defaultEngineOptions, workers: 2, dataDir }, telemetry)
    await look(engine)
  }
  for (const name of readdirSync(path.join(dataDir, 'partitions')).filter((file) => file.endsWith('.sqlite'))) {
    const db = new DatabaseSync(path.join(dataDir, 'partitions', name))
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    db.close()
  }
}

function check(histories: KeyHistories, undisturbed: Undisturbed, acknowledged: readonly PlannedRequest[]): void {
  for (const [key, list] of histories) {
    expect({ key, list }).toEqual({ key, list: (undisturbed.histories.get(key) ?? []).slice(0, list.length) })
  }
  for (const request of acknowledged) {
    for (const [key, length] of undisturbed.lengthsAfter(request)) {
      expect([key, (histories.get(key)?.length ?? 0) >= length]).toEqual([key, true])
    }
  }
}

describe('after a power cut', () => {
  test('I1, I2, I11: every acknowledged request is there, the files are whole, and what comes next makes the log of an undisturbed run', async () => {
    const seed = seedOf()
    console.log(`VAINO_SEED=${seed}`)
    const random = new Random(seed)
    const plans = planRequests(seed, producers, requestsEach)
    const undisturbed = await runUndisturbed(plans)
    using run = new RecordedRun()
    await run.run('engine-process.ts', [seed, producers, requestsEach].map(String))
    expect(run.said.length).toBe(producers * requestsEach)
    const firstAt = run.said[0]?.at ?? 0
    const written = run.records.filter(
      ({ op, path, endsAt }) => op === 'write' && /\d\.sqlite$/.test(path) && endsAt > firstAt,
    )
    console.log(`${run.records.length} records, ${written.length} of them writes of checkpoints`)
    expect(written.length).toBeGreaterThan(0)

    for (let n = 0; n < cuts; n++) {
      // At an acknowledgement, when not a moment was left to write anything more; or anywhere between.
      const anywhere = firstAt + random.below((run.records.at(-1)?.endsAt ?? 0) - firstAt)
      const position = n % 2 === 0 ? random.pick(run.said).at : anywhere
      const folder = afterCut(run, position, n % 4 < 2 ? 'none' : 'some', random)
      const acknowledged = plans.flatMap((plan) => {
        const said = run.said.filter(({ at, line }) => at <= position && line.startsWith(`${plan[0]?.producer} `))
        return plan[said.length - 1] ?? []
      })
      await withEngine(path.join(folder, 'data'), async (engine) => {
        check(historiesOf(engine.reader), undisturbed, acknowledged)
        if (n % 8 !== 0) return
        const send = (one: PlannedRequest) =>
          engine.ingest(bodyOf(one), 'test', { id: one.producer, epoch: 0, seq: one.seq })
        for (const request of acknowledged) expect((await send(request)).outcome).toBe('duplicate')
        for (const plan of plans) {
          const last = acknowledged.find(({ producer }) => producer === plan[0]?.producer)
          for (const request of plan.slice(last === undefined ? 0 : last.seq + 1)) await send(request)
        }
        expect(Object.fromEntries([...historiesOf(engine.reader)].sort())).toEqual(
          Object.fromEntries([...undisturbed.histories].sort()),
        )
      })
      rmSync(folder, { recursive: true })
    }
  }, 180_000)

  /** How many of the acknowledged batches are lost, at each of the cuts. */
  async function lossesOf(preload?: string): Promise<number[]> {
    using run = new RecordedRun()
    await run.run('partition-process.ts', ['40'], preload === undefined ? {} : { preload })
    const random = new Random(1)
    return run.said.slice(5).map(({ at, line }) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'vaino-after-cut-'))
      cutPower(run.until(at), { from: run.files, to: folder, survival: 'none', random })
      let there = 0
      for (const file of readdirSync(folder, { recursive: true }).map(String)) {
        if (!/\d\.sqlite$/.test(file)) continue
        const db = new DatabaseSync(path.join(folder, file))
        const isMade = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'changes'").get() !== undefined
        if (isMade) there += Number(db.prepare('SELECT count(*) AS n FROM changes').get()?.n)
        db.close()
      }
      rmSync(folder, { recursive: true })
      return Number(line) - there
    })
  }

  test('I1: nothing is lost because each commit is synced; without that the same test finds losses', async () => {
    expect(Math.max(...(await lossesOf()))).toBe(0)
    const losses = await lossesOf('synchronous-normal.ts')
    console.log(`synchronous=NORMAL: losses at ${losses.filter((n) => n > 0).length} of ${losses.length} cuts`)
    expect(Math.max(...losses)).toBeGreaterThan(0)
  }, 60_000)
})
