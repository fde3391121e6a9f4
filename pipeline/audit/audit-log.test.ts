import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { openAuditLog } from './audit-log.ts'

const entry = { action: 'scope.forget', who: 'ann', from: '127.0.0.1', what: 'p/-/-/x', outcome: 'begun' } as const

test('entries are lines of JSON in a file that only its owner reads; a full file is put aside, and eight are kept', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'below/audit.ndjson')
  const log = openAuditLog(file, () => new Date('2026-11-30T05:00:00Z'))
  log.write(entry)
  log.write({ ...entry, outcome: 'done', details: { deletes: 1 } })
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const time = '2026-11-30T05:00:00.000Z'
  expect(lines).toEqual([
    { time, ...entry },
    { time, ...entry, outcome: 'done', details: { deletes: 1 } },
  ])
  expect(statSync(file).mode & 0o077).toBe(0)
  for (let n = 0; n < 12; n++) {
    truncateSync(file, 16 * 1024 * 1024)
    log.write({ ...entry, what: `p/-/-/${n}` })
  }
  expect(readdirSync(path.dirname(file)).sort()).toEqual([
    'audit.ndjson',
    ...Array.from({ length: 8 }, (_, n) => `audit.ndjson.${n + 1}`),
  ])
  expect(readFileSync(file, 'utf8')).toContain('p/-/-/11')
})

test('what can not be written is an error with words', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'file')
  writeFileSync(file, '')
  expect(() => openAuditLog(path.join(file, 'audit.ndjson')).write(entry)).toThrow(/the audit log/)
})
