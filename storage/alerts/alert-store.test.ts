import { expect, test } from 'bun:test'
import { statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { alertFilePath } from './alert-file.ts'
import type { JournalEntry } from './alert-journal.ts'
import { AlertStore } from './alert-store.ts'

const message = { sink: 'ops', id: 'm1', incident: 'i1', message: '{}', createdAtMs: 1 }

test('what was committed is there again, and what failed in the middle is not', async () => {
  await using folder = await temporaryFolder()
  {
    using store = new AlertStore(folder.path, 'a'.repeat(16))
    store.transaction(() => {
      store.enqueue(message)
      store.setMark('drift', 'cursor-1')
    })
    const failing = () =>
      store.transaction(() => {
        store.enqueue({ ...message, id: 'm2' })
        store.transaction(() => store.setMark('drift', 'cursor-2'))
        throw new Error('in the middle')
      })
    expect(failing).toThrow('in the middle')
  }
  using store = new AlertStore(folder.path, 'a'.repeat(16))
  expect([store.mark('drift'), store.ofSink('ops').map(({ id }) => id)]).toEqual(['cursor-1', ['m1']])
  expect(statSync(alertFilePath(folder.path)).mode & 0o077).toBe(0)
})

test('a message is put into the outbox of a sink once, whatever puts it there again', async () => {
  await using folder = await temporaryFolder()
  using store = new AlertStore(folder.path, 'a'.repeat(16))
  for (const sink of ['ops', 'ops', 'pager']) store.enqueue({ ...message, sink })
  expect([store.depth('ops'), store.depth('pager')]).toEqual([1, 1])
})

test('the file of another log is begun anew, because its positions mean nothing here', async () => {
  await using folder = await temporaryFolder()
  {
    using store = new AlertStore(folder.path, 'a'.repeat(16))
    store.enqueue(message)
  }
  using store = new AlertStore(folder.path, 'b'.repeat(16))
  expect([store.depth('ops'), store.mark('log_id')]).toEqual([0, 'b'.repeat(16)])
})

test('of dead letters the newest thousand are kept', async () => {
  await using folder = await temporaryFolder()
  using store = new AlertStore(folder.path, 'a'.repeat(16))
  store.transaction(() => {
    for (let n = 1; n <= 1_010; n++) {
      store.enqueue({ ...message, id: `m${n}` })
      store.bury(n, n, 'refused')
    }
  })
  const dead = store.dead(Number.MAX_SAFE_INTEGER, 2_000)
  expect([dead.length, dead[0]?.id, dead.at(-1)?.id]).toEqual([1_000, 'm1010', 'm11'])
})

test('a damaged file is not thrown away: messages wait in it', async () => {
  await using folder = await temporaryFolder()
  writeFileSync(alertFilePath(folder.path), 'no database '.repeat(1_000))
  let hint: string | undefined
  try {
    using _ = new AlertStore(folder.path, 'a'.repeat(16))
  } catch (error) {
    hint = (error as { hint?: string }).hint
  }
  expect(hint).toStartWith('Move the file away')
  expect(statSync(alertFilePath(folder.path)).size).toBe(12_000)
})

const subject = { route: 'r', source: 'drift', grouped: 'g', scope: 's', rank: 1, heldUntil: null, generation: 0 }
const group = { route: 'r', labels: '{}', dueAtMs: 5, waitMs: 5, toldAtMs: null, events: '[]', eventCount: 0 }

test('a copy that takes what the journal says is the file, whatever was written in which way', async () => {
  await using folder = await temporaryFolder()
  await using other = await temporaryFolder()
  using store = new AlertStore(folder.path, 'a'.repeat(16))
  using copy = new AlertStore(other.path, 'a'.repeat(16))
  const journal = store.journal()
  const log: JournalEntry[] = []
  const take = () => {
    for (let page = journal.take(2); page.length > 0; page = journal.take(2)) log.push(...page)
  }
  for (const [round, put] of [
    () => store.setMark('drift', '1'),
    () => store.putSubject({ ...subject, subject: 'a', pending: 'open', said: '{"n":1}', told: null }),
    () => store.putSubject({ ...subject, subject: 'a', pending: 'open', said: '{"n":2}', told: null }),
    () => store.putSubject({ ...subject, subject: 'b', pending: 'open', said: '{}', told: null }),
    () => store.putGroup({ ...group, grouped: 'g' }),
    () => store.setTold('r', 'g'),
    () => store.mergeGroup('r', 'g', '*'),
    () => store.putGroup({ ...group, grouped: '*' }),
    () => store.enqueue(message),
    () => store.enqueue({ ...message, id: 'm2' }),
    () => store.failed(1, 'no', 9, 9),
    () => store.delivered(1),
    () => store.setScans('s', 'now', 1),
    () => store.dropSubject('r', 'b'),
    () => store.setMark('drift', '2'),
    () => store.setMark('gone', null),
  ].entries()) {
    store.transaction(put)
    if (round % 3 === 0) take()
  }
  take()
  expect(journal.isEmpty).toBe(true)
  copy.transaction(() => copy.enqueue({ ...message, id: 'left over' }))
  const restoring = copy.journal()
  copy.transaction(() => {
    restoring.clear()
    restoring.restore(log)
  })
  expect(restoring.isEmpty).toBe(true)
  const all = (of: AlertStore) => [
    of.mark('drift'),
    of.subject('r', 'a'),
    of.subject('r', 'b'),
    of.groups('r'),
    of.ofSink('ops'),
  ]
  expect(all(copy)).toEqual(all(store))
  expect(copy.ofSink('ops').map(({ id }) => id)).toEqual(['m2'])
  // Nothing is sent before the copy elsewhere has it.
  expect(copy.next('ops', 10)).toBeNull()
  copy.release()
  expect(copy.next('ops', 10)?.id).toBe('m2')
})

test('a file of a later vaino is refused and stays as it is: what waits in it is nowhere else', async () => {
  await using folder = await temporaryFolder()
  const logId = 'a'.repeat(16)
  {
    using store = new AlertStore(folder.path, logId)
    store.enqueue(message)
  }
  const setFormat = (format: number) => {
    using db = new DatabaseSync(alertFilePath(folder.path))
    db.prepare("UPDATE meta SET value = ? WHERE name = 'format'").run(String(format))
  }
  setFormat(2)
  expect(() => new AlertStore(folder.path, logId)).toThrow(/has format 2, of a later version of vaino/)
  setFormat(1)
  using store = new AlertStore(folder.path, logId)
  expect(store.ofSink('ops').map(({ id }) => id)).toEqual(['m1'])
})
