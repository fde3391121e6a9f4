import { expect, test } from 'bun:test'
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { until } from '../../../api/test-server.ts'
import { tailLines } from './tail-file.ts'

/** Follows a file until it is disposed. */
function following(first: string | null) {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-tail-'))
  const file = path.join(folder, 'audit.log')
  if (first !== null) writeFileSync(file, first)
  const stop = new AbortController()
  const lines: string[] = []
  const count = { tooLong: 0 }
  const ended = (async () => {
    try {
      for await (const line of tailLines(file, () => void count.tooLong++, stop.signal)) lines.push(line)
    } catch (error) {
      if (!stop.signal.aborted) throw error
    }
  })()
  return {
    file,
    lines,
    count,
    has: (n: number) => until(`${n} lines were read`, () => lines.length >= n),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

test('lines are read as they are appended, in pieces too, from now on and through rotation', async () => {
  await using tail = following(null)
  appendFileSync(tail.file, 'one\ntw')
  await tail.has(1)
  appendFileSync(tail.file, 'o\n')
  await tail.has(2)
  renameSync(tail.file, `${tail.file}.1`)
  appendFileSync(`${tail.file}.1`, 'three\n')
  writeFileSync(tail.file, 'four\n')
  await tail.has(4)
  expect(tail.lines).toEqual(['one', 'two', 'three', 'four'])
})

test('a file that is cut is read from its beginning, and a line without an end is bounded', async () => {
  await using tail = following(null)
  appendFileSync(tail.file, `${'x'.repeat(5 * 1024 * 1024)}\nafter\n`)
  await tail.has(1)
  expect(tail.count.tooLong).toBe(1)
  truncateSync(tail.file)
  await until('the cut is seen', () => {
    if (tail.lines.length < 2) writeFileSync(tail.file, 'anew\n')
    return tail.lines.length >= 2
  })
  expect(tail.lines.slice(0, 2)).toEqual(['after', 'anew'])
})
