import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messages } from '../../test/sources/recording-sink.ts'
import { scopeNamed, sourceWith, thing } from '../../test/sources/running.ts'
import { openEngine } from '../embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../engine-options.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import { scanOnce } from './runner.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-refused-'))
afterAll(() => rmSync(folder, { recursive: true }))
const scope = scopeNamed('a')

test('a scan of which the engine could not use a record, or which it refuses as outdated, has failed, and that is reported', async () => {
  const lines: string[] = []
  using telemetry = createTelemetry({
    ...{ version: '0', format: 'json', level: 'debug', redact: (text: string) => text },
    destination: { write: (line: string) => void lines.push(line) },
  })
  await using engine = await openEngine(
    { ...defaultEngineOptions, dataDir: folder, partitions: 1, recordBytes: 2_000 },
    telemetry,
  )
  async function failuresOf(size: number) {
    const source = sourceWith({
      async scan(_target, out) {
        await out.observe({ ...thing('x'), configuration: { text: 'x'.repeat(size) } })
        return {}
      },
    })
    const config = { kind: 'test', where: '', intervalMs: null, forgetAfterMs: null, options: {} }
    const opened = { config, source, intervalMs: 1000, forgetAfterMs: null, isThrottled: () => false }
    const failed = await scanOnce(
      [opened],
      {
        ...{ redactText: (text: string) => text, concurrency: 1, onObserved: () => {}, onFailure: () => {} },
        sink: (name, signal) => engine.sink(name, signal),
      },
      new AbortController().signal,
    )
    return failed.flatMap(({ errors }) => messages(errors))
  }
  const refused = ['a record of the scan could not be used, so nothing is deleted for it']
  const lastReason = async () => (await engine.deadLetters(1)).entries[0]?.reason

  expect(await failuresOf(10)).toEqual([])
  expect(await failuresOf(3_000)).toEqual(refused)
  expect(await lastReason()).toMatch(/^too_large/)
  expect(await failuresOf(10)).toEqual([])
  // Another sender's clock is half a minute ahead.
  const observed_at = new Date(Date.now() + 30_000).toISOString()
  async function* later() {
    for (const record of [
      { kind: 'scan.begin', scope, scan: 'later', observed_at },
      { kind: 'observed', scope, scan: 'later', resource: thing('x') },
      { kind: 'scan.end', scope, scan: 'later', complete: true, count: 1, observed_at },
    ])
      yield Buffer.from(`${JSON.stringify(record)}\n`)
  }
  await engine.ingest(later(), 'test')
  expect(await failuresOf(10)).toEqual(refused)
  expect(await lastReason()).toMatch(/^scan_not_open: .*it began before the last scan of this scope had ended/)
  const failed = lines.filter((line) => JSON.parse(line).event === 'scan_failed')
  expect(failed.length).toBe(2)
}, 60_000)
