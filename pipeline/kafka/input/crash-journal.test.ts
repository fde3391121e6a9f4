import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CrashJournal, CrashRecord, crashJournalPath, renameOldJournal } from './crash-journal.ts'

function inFolder(act: (file: string) => void): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-crash-journal-'))
  try {
    act(path.join(folder, '0.crash'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('what a worker was at when the process ended is found once, and is known until that work has gone on', () =>
  inFolder((file) => {
    expect(new CrashRecord(file).deaths).toEqual([])
    const first = new CrashJournal(file)
    first.begin('prepare', 100, 200)
    const piece = { work: 'prepare', from: 100, until: 200, record: null } as const
    expect(new CrashRecord(file).last).toEqual(piece)
    const again = new CrashRecord(file)
    expect([again.last, again.deaths]).toEqual([null, [piece]])

    const second = new CrashJournal(file)
    second.begin('prepare', 100, 200)
    second.at({ offset: 150, line: null })
    second.at({ offset: 150, line: 7 })
    const record = { ...piece, record: { offset: 150, line: 7 } }
    expect(new CrashRecord(file).deaths).toEqual([piece, record])
    second.begin('remember', 50, 60)
    second.at({ offset: 55, line: null })
    second.at(null)
    const remembering = { work: 'remember', from: 50, until: 60, record: null } as const
    const third = new CrashRecord(file)
    expect(third.deaths).toEqual([piece, record, remembering])

    // The worker goes on beside.
    second.begin('remember', 70, 80)
    third.forget('prepare')
    expect(third.deaths).toEqual([remembering])
    expect(new CrashRecord(file).deaths).toEqual([remembering, { ...remembering, from: 70, until: 80 }])
  }))

test('work that ended, a file that was closed and a worker that died alone are no deaths of the process', () =>
  inFolder((file) => {
    const journal = new CrashJournal(file)
    journal.begin('prepare', 1, 2)
    journal.end()
    expect(new CrashRecord(file).last).toBeNull()
    journal.begin('prepare', 1, 2)
    journal[Symbol.dispose]()
    expect(new CrashRecord(file).last).toBeNull()
    new CrashJournal(file).begin('prepare', 1, 2)
    const living = new CrashRecord(file)
    new CrashJournal(file).begin('prepare', 1, 2)
    living.workerDied()
    expect(new CrashRecord(file)).toMatchObject({ last: null, deaths: [{ from: 1 }] })
  }))

test('the file stays small however often the process dies, and one that holds anything else says nothing', () =>
  inFolder((file) => {
    for (let deaths = 0; deaths < 200; deaths++) {
      new CrashJournal(file).begin('prepare', 1, 2)
      new CrashRecord(file)
    }
    expect(statSync(file).size).toBeLessThan(4096)
    writeFileSync(file, 'some text that somebody has put here, or what a power cut has left of a file')
    const found = new CrashRecord(file)
    expect([found.last, found.deaths]).toEqual([null, []])
  }))

test('what was followed is separate from input, and its deaths count until all of it was read', () =>
  inFolder((file) => {
    new CrashJournal(file).begin('changes', 10, 20)
    expect(new CrashRecord(file).ofInput()).toEqual([])
    new CrashJournal(file).begin('prepare', 10, 20)
    const record = new CrashRecord(file)
    expect(record.followed()).toEqual([{ work: 'changes', from: 10, until: 20, record: null }])
    expect(record.ofInput()).toEqual([{ work: 'prepare', from: 10, until: 20, record: null }])
    record.passed('state', 90)
    record.passed('changes', 19)
    expect(record.followed()).toHaveLength(1)
    record.passed('changes', 20)
    expect([record.followed().length, record.ofInput().length]).toEqual([0, 1])
    expect(new CrashRecord(file).deaths).toEqual(record.deaths)
  }))

test('deaths in the journal of an older version, under its old name, are still found', () =>
  inFolder((file) => {
    const dataDir = path.dirname(file)
    mkdirSync(path.join(dataDir, 'partitions'))
    new CrashJournal(path.join(dataDir, 'partitions', '3.flight')).begin('prepare', 1, 2)
    renameOldJournal(dataDir, 3)
    expect(new CrashRecord(crashJournalPath(dataDir, 3)).last).toMatchObject({ work: 'prepare', from: 1, until: 2 })
    renameOldJournal(dataDir, 3)
    expect(new CrashRecord(crashJournalPath(dataDir, 3)).deaths).toHaveLength(1)
  }))
