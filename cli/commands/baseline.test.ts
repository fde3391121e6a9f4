import { expect, test } from 'bun:test'
import { observed, startTestServer } from '../../api/test-server.ts'
import { temporaryFolder, vaino } from '../test-cli.ts'

test('a state is given a name, compared with later, and forgotten', async () => {
  await using folder = await temporaryFolder()
  await using server = await startTestServer()
  const run = (...args: string[]) => vaino([...args, '--server', server.url], { cwd: folder.path })
  await server.ingest(observed('a', { size: 1 }))
  const saved = await run('baseline', 'save', 'before')
  expect([saved.code, saved.stdout]).toEqual([
    0,
    expect.stringMatching(/^before is kept, as of .*: vaino diff before now\n$/),
  ])
  expect((await run('diff', 'before', 'now')).code).toBe(0)
  await server.ingest(observed('a', { size: 2 }))
  for (const sides of [['before', 'now'], ['before']]) {
    const { code, stdout } = await run('diff', ...sides)
    expect([code, stdout]).toEqual([1, expect.stringContaining('configuration.size  1 → 2')])
  }
  expect((await run('baseline', 'list')).stdout).toMatch(/^NAME .*\nbefore .* kept\n$/)
  const wrong = await run('baseline', 'delete', 'befor')
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean before?')])
  expect((await run('baseline', 'delete', 'before')).stdout).toBe('before is forgotten\n')
  const gone = await run('diff', 'before', 'now')
  expect([gone.code, gone.stderr]).toEqual([
    2,
    expect.stringContaining('before: no such file, stored snapshot or baseline'),
  ])
}, 60_000)
