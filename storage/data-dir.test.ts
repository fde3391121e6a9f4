import { afterAll, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openEngine } from '../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../pipeline/engine-options.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-data-dir-'))
afterAll(() => rmSync(folder, { recursive: true }))
let directories = 0
const newDataDir = () => join(folder, String(directories++))

const record = { kind: 'observed', scope: 'p/-/-/x', resource: { id: 'a', type: 't', provider: 'p' } }

/** Opens an engine, lets it take a record, and closes it. */
async function run(dataDir: string, meanwhile = () => {}): Promise<void> {
  using telemetry = createTelemetry({ version: '0', format: 'none', redact: (text) => text })
  await using engine = await openEngine({ ...defaultEngineOptions, dataDir, partitions: 2 }, telemetry)
  async function* body() {
    yield Buffer.from(`${JSON.stringify(record)}\n`)
  }
  await engine.ingest(body(), 'test')
  meanwhile()
}
const filesIn = (dataDir: string): string[] =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? join(entry.parentPath, entry.name) : [],
  )
const openToOthers = (dataDir: string) => filesIn(dataDir).filter((file) => (statSync(file).mode & 0o077) !== 0)

test('the files of a data directory are for their owner alone, also those that an earlier vaino made', async () => {
  const dataDir = newDataDir()
  await run(dataDir, () => {
    expect(filesIn(dataDir).length).toBeGreaterThan(8)
    expect(openToOthers(dataDir)).toEqual([])
  })
  for (const file of filesIn(dataDir)) chmodSync(file, 0o644)
  // What somebody else has put there is left alone.
  const notes = join(dataDir, 'notes.txt')
  writeFileSync(notes, 'ours', { mode: 0o644 })
  await run(dataDir, () => expect(openToOthers(dataDir)).toEqual([notes]))
})

test('I9: partitions that were redacted with another key are named at the start, instead of each secret looking changed', async () => {
  const dataDir = newDataDir()
  await run(dataDir)
  const identity = join(dataDir, 'identity.json')
  const text = readFileSync(identity, 'utf8')
  const other = text.replace(/"saltHex": "[0-9a-f]+"/, `"saltHex": "${'ab'.repeat(32)}"`)
  expect(other).not.toBe(text)
  writeFileSync(identity, other)
  const refused = {
    code: 'storage_failed',
    message: expect.stringMatching(/0\.sqlite was redacted with another key/),
    hint: expect.stringContaining('identity.json'),
  }
  expect(await run(dataDir).catch((error: unknown) => error)).toMatchObject(refused)
  writeFileSync(identity, text)
  // A file of an earlier vaino doesn't say with which key; it is taken as it is, and says so from then on.
  const db = new DatabaseSync(join(dataDir, 'partitions/0.sqlite'))
  db.exec("DELETE FROM meta WHERE name = 'redaction'")
  db.close()
  await run(dataDir)
  writeFileSync(identity, other)
  expect(await run(dataDir).catch((error: unknown) => error)).toMatchObject(refused)
})

test('a partition file with another user_version is named as that of another program or a later vaino', async () => {
  const dataDir = newDataDir()
  await run(dataDir)
  const db = new DatabaseSync(join(dataDir, 'partitions/1.sqlite'))
  db.exec('PRAGMA user_version = 7')
  db.close()
  expect(await run(dataDir).catch((error: unknown) => error)).toMatchObject({
    code: 'storage_failed',
    message: expect.stringMatching(/1\.sqlite has user_version 7; this vaino reads 0$/),
  })
})
