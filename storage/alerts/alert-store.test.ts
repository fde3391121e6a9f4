import { expect, test } from 'bun:test'
import { statSync, writeFileSync } from 'node:fs'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { alertFilePath } from './alert-file.ts'
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
