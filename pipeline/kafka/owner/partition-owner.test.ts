import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { LogChunk } from '../../../connectors/kafka/kafka.ts'
import { sealBatch } from '../../../connectors/kafka/wire/packed-batch.ts'
import { decodeRecords } from '../../../connectors/kafka/wire/record-batch.ts'
import { openDataDir, partitionPath } from '../../../storage/data-dir.ts'
import { HistoryPins } from '../../../storage/history-pins.ts'
import { SettledTimes } from '../../../storage/settled-times.ts'
import { type BatchShape, batchBytes } from '../../../test/kafka/batch-bytes.ts'
import { maxLetters } from '../../partition/letter-limit.ts'
import { Progress } from '../../threads/progress.ts'
import { operatorHeader } from '../input/input-piece.ts'
import { Outbox, type OutputRecord } from './outbox.ts'
import { PartitionOwner } from './partition-owner.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-'))
afterAll(() => rmSync(folder, { recursive: true }))
let folders = 0

function owner(outbox = new Outbox(900_000)) {
  const dataDir = join(folder, String(folders++))
  const { logId, saltHex } = openDataDir(dataDir, 1).identity
  const settings = {
    ...{ dataDir, logId, saltHex, partitions: 1, isNew: true, session: 's', recordBytes: 100_000, maxFingerprints: 64 },
    ...{ pageCacheKiB: 512, maxDeadLetters: 0, transactionBytes: 1e6, heartbeatMs: 1000 },
    retention: { ageMs: 1e12, bytes: 1e12 },
    pins: HistoryPins.create(1).buffer,
    settledTimes: SettledTimes.create(1).buffer,
    messages: { prefix: 'vaino', encoding: 'json', maxChangeBytes: 1e6, maxStateBytes: 1e6, maxBatchBytes: 900_000 },
  } as const
  const made = new PartitionOwner(settings, 0, 'owner', { progress: new Progress(), outbox })
  made.begin(null)
  return made
}

const identity = { producerId: 1, epoch: 0, firstSequence: 0, isTransactional: true }
type Published = Readonly<Record<OutputRecord['to'], { key: string; headers: Record<string, string> }[]>>

/** What a prepared transaction publishes to each topic. */
function publishedBy({ batches }: ReturnType<PartitionOwner['prepare']>): Published {
  const published: Published = { changes: [], state: [], deadLetters: [] }
  for (const { to, batch } of batches) {
    for (const piece of decodeRecords({ bytes: sealBatch(batch, identity), from: 0, aborted: [] })) {
      for (const { key, headers } of piece.records) {
        const named = headers.map(([name, value]) => [name, Buffer.from(value ?? []).toString()])
        published[to].push({ key: Buffer.from(key ?? []).toString(), headers: Object.fromEntries(named) })
      }
    }
  }
  return published
}

/** A message each, from an offset on. */
function chunkOf(from: number, ...values: (string | Buffer)[]): LogChunk {
  const records: BatchShape['records'] = values.map((value, delta) => ({
    ...{ delta, key: null, value },
    headers: typeof value === 'string' ? [] : [['content-type', 'application/msgpack']],
  }))
  return { bytes: batchBytes({ baseOffset: from, records }), from, aborted: [] }
}

const scope = 'p/-/-/t'
const observed = (id: string) =>
  `${JSON.stringify({ kind: 'observed', scope, resource: { id, type: 't', provider: 'p' } })}\n`

test('I10, I12: a message of a hundred thousand bad lines is a thousand dead letters and one that counts the rest', () => {
  using at = owner()
  const bad = 'x\n'.repeat(60_000) + '{"kind":"watch"}\n'.repeat(40_000)
  const published = publishedBy(at.prepare(chunkOf(5, `${bad}${observed('a')}`, 'y\n', `${observed('b')}z`), null))
  const sources = published.deadLetters.map(({ headers }) => headers.vaino_source)
  const from = 'vaino.resources partition 0 offset'
  expect(sources).toEqual([...Array(maxLetters + 1).fill(`${from} 5`), `${from} 6`, `${from} 7`])
  expect(published.deadLetters[maxLetters]?.headers).toMatchObject({
    vaino_reason: 'not_json',
    vaino_detail: '99000 more from here on: 59000 not_json, 40000 unknown_kind',
  })
  expect(published.changes.map(({ key }) => key)).toEqual([`${scope}/a`, `${scope}/b`])
  expect(at.commit().report.deadLetters).toEqual({ not_json: 60_002, unknown_kind: 40_000 })
})

test('I10: an array of a million elements that are no records is published in as few letters', () => {
  using at = owner()
  const elements = Buffer.alloc(5 + 1_000_000, 0xc0)
  elements.writeUInt8(0xdd)
  elements.writeUInt32BE(1_000_000, 1)
  const published = publishedBy(at.prepare(chunkOf(0, elements), null))
  expect(published.deadLetters).toHaveLength(maxLetters + 1)
  expect(at.commit().report.deadLetters).toEqual({ invalid_record: 1_000_000 })
})

test('a record that its document refuses has its own offset, however many lines are before it', () => {
  using at = owner()
  const broken = `{"kind":"observed","scope":"${scope}","resource":{"id":"b","type":}}\n`
  const published = publishedBy(
    at.prepare(chunkOf(3, `${observed('a')}\n\n`, `\n${observed('a')}${broken}`, broken), null),
  )
  const offsets = published.deadLetters.map(({ headers }) => headers.vaino_source?.split(' ').at(-1))
  expect(offsets).toEqual(['4', '5'])
})

test("I6, I12: a hold is released by a node's own message alone; one that was pushed is a dead letter", () => {
  for (const isIsolated of [false, true]) {
    using at = owner()
    const isolation = isIsolated ? { setAside: [], givenUpUntil: null, isAlone: false } : null
    const begin = (scan: string) => `${JSON.stringify({ kind: 'scan.begin', scope, scan })}\n`
    const end = (scan: string, count: number) =>
      `${JSON.stringify({ kind: 'scan.end', scope, scan, complete: true, count })}\n`
    const full = begin('full') + observed('a') + observed('b') + end('full', 0)
    const release = `${JSON.stringify({ kind: 'hold.release', scope, apply: true })}\n`
    const pushed = [full + begin('empty') + end('empty', 0) + release, release]
    const published = publishedBy(at.prepare(chunkOf(0, ...pushed), isolation))
    expect(published.deadLetters.map(({ headers }) => headers.vaino_reason)).toEqual([
      'operator_record',
      'operator_record',
    ])
    expect(at.commit().report).toMatchObject({ deletesHeld: 2, holdsReleased: 0 })
    at.resetCounters()
    const headers: [string, string][] = [[operatorHeader, '1']]
    const bytes = batchBytes({ baseOffset: 2, records: [{ delta: 0, key: null, value: release, headers }] })
    at.prepare({ bytes, from: 2, aborted: [] }, isolation)
    expect(at.commit().report).toMatchObject({ holdsReleased: 2 })
  }
})

test('I2: no other transaction publishes what a failed one has prepared', () => {
  const outbox = new Outbox(900_000)
  const isolation = { setAside: [], givenUpUntil: null, isAlone: false }
  {
    using failing = owner(outbox)
    failing.onRecords = (bytes) => {
      if (Buffer.from(bytes).includes('"b"')) throw new Error('the disk')
    }
    expect(() => failing.prepare(chunkOf(0, observed('a') + observed('b')), isolation)).toThrow('the disk')
  }
  using next = owner(outbox)
  const published = publishedBy(next.prepare(chunkOf(0, observed('c')), null))
  expect(published.changes.map(({ key }) => key)).toEqual([`${scope}/c`])
  expect(published.state.map(({ key }) => key)).toEqual([`${scope}/c`, `scope:${scope}`])
})

test.each(['published_input', 'told_input'])(
  'the input goes on where the topics say, noted under the name %p',
  (name) => {
    using made = owner()
    using db = new DatabaseSync(partitionPath(join(folder, String(folders - 1)), 0))
    db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value').run(name, '42')
    expect(made.begin(null).next).toBe(42)
  },
)
