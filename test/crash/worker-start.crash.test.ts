import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { until } from '../../api/test-server.ts'
import { createRedactor } from '../../model/redaction.ts'
import { openEngine } from '../../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../../pipeline/engine-options.ts'
import type { RunningEngine } from '../../pipeline/running-engine.ts'
import { createTelemetry } from '../../pipeline/telemetry/telemetry.ts'
import { partitionPath } from '../../storage/data-dir.ts'

const redactor = createRedactor(Buffer.alloc(32))
const telemetry = createTelemetry({ version: '0', redact: (text) => redactor.redactText(text), format: 'none' })
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function newDataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vaino-start-'))
  folders.push(folder)
  return folder
}
const open = (dataDir: string) => openEngine({ ...defaultEngineOptions, workers: 2, partitions: 4, dataDir }, telemetry)

/** What a worker reads when it opens a partition, and dies of where it can't be read. @returns what stood there */
function setInput(dataDir: string, partition: number, value: string): string {
  using db = new DatabaseSync(partitionPath(dataDir, partition))
  const { value: before } = db.prepare("SELECT value FROM meta WHERE name = 'input'").get() ?? {}
  db.prepare("INSERT INTO meta VALUES ('input', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value").run(value)
  return String(before)
}

const line = (scope: string) =>
  JSON.stringify({ kind: 'observed', scope, resource: { id: 'a', type: 't', provider: 'p' } })
async function* body(scope: string) {
  yield Buffer.from(`${line(scope)}\n`)
}
const send = (engine: RunningEngine, n: number) => engine.ingest(body(`push/-/-/${n}`), 'test', undefined, 200)

test('a worker that dies three times before its partitions are open is an error and no endless wait', async () => {
  const dataDir = newDataDir()
  await (await open(dataDir))[Symbol.asyncDispose]()
  setInput(dataDir, 2, '{broken')
  expect(await open(dataDir).catch((error: unknown) => error)).toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/^worker 0 ended 3 times before it was ready: .*JSON/),
    hint: expect.any(String),
  })
  // It lets go of the directory, and opens when the reason is gone.
  setInput(dataDir, 2, 'null')
  await using engine = await open(dataDir)
  expect(engine.health()).toEqual({ ready: true, problems: [] })
}, 20_000)

test('a worker that dies so later is tried on and on, health says so, and what was sent meanwhile is applied once', async () => {
  const dataDir = newDataDir()
  await using engine = await open(dataDir)
  for (let n = 0; n < 20; n++) await send(engine, n)
  const input = setInput(dataDir, 2, '{broken')
  engine.injectFault(0, 'exit')
  const failing = /^worker 0 ended [3-9] times before it was ready: .*JSON/
  await until('it has died again and again', () => engine.health().problems.some((problem) => failing.test(problem)))
  expect(engine.health().problems).toContain('partition 2 has no worker yet')
  expect(engine.health().ready).toBe(false)
  const sent = Promise.all(Array.from({ length: 20 }, (_, n) => send(engine, n + 20)))
  setInput(dataDir, 2, input)
  expect((await sent).map(({ changes }) => changes)).toEqual(Array.from({ length: 20 }, () => 1))
  expect(engine.health()).toEqual({ ready: true, problems: [] })
  expect([...engine.reader.items(engine.reader.head(), {})].filter((item) => item !== null).length).toBe(40)
}, 20_000)

test('a worker that takes longer to load than a running one may be silent is waited for', async () => {
  // Shorter than any thread takes to load.
  const options = { ...defaultEngineOptions, workers: 1, partitions: 1, dataDir: newDataDir(), hangMs: 30 }
  await using engine = await openEngine(options, telemetry)
  expect(engine.reader.head()).toEqual([0])
})
