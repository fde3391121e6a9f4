import { expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { repository } from '../../test/lanes.ts'
import { runCli, ServerProcess } from '../../test/server-process.ts'

const start = (...args: string[]): ChildProcess =>
  spawn(path.join(repository, 'node_modules/.bin/bun'), [path.join(repository, 'cli/main.ts'), ...args], {
    cwd: tmpdir(),
    stdio: 'ignore',
  })

/** Kills it as soon as something is seen, or lets it end where it was quicker. */
async function killWhen(child: ChildProcess, isSeen: () => boolean): Promise<void> {
  const ended = once(child, 'exit')
  while (!isSeen() && child.exitCode === null) await new Promise(setImmediate)
  child.kill('SIGKILL')
  await ended
}
const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0

async function fill(url: string, from: number): Promise<void> {
  const records = Array.from({ length: 400 }, (_, n) => {
    const text = Array.from({ length: 800 }, () => Math.random().toString(36)).join('')
    return JSON.stringify({
      kind: 'observed',
      scope: `p/-/-/k${n % 9}`,
      resource: { id: `r${from + n}`, type: 't', provider: 'p', configuration: { text } },
    })
  })
  expect((await fetch(`${url}/v1/ingest`, { method: 'POST', body: records.join('\n') })).status).toBe(200)
}
const countOf = async (url: string): Promise<number> => {
  const { total } = (await (await fetch(`${url}/v1/resources?limit=1`)).json()) as { total: number }
  return total
}

test('I1: a backup that is killed anywhere is none, a restore that is killed is no data directory, and both are taken up again', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-backup-kill-'))
  try {
    await using server = new ServerProcess()
    await server.start()
    const to = path.join(folder, 'backups')
    const backup = ['backup', to, '--data-dir', server.dataDir]
    await fill(server.url, 0)
    const packs = () => (existsSync(path.join(to, 'packs')) ? readdirSync(path.join(to, 'packs')) : [])
    const seen = [
      () => existsSync(path.join(to, 'vaino-backups')),
      () => sizeOf(path.join(to, 'copy.unfinished')) > 0,
      () => packs().some((name) => sizeOf(path.join(to, 'packs', name)) > 0),
      () => packs().some((name) => sizeOf(path.join(to, 'packs', name)) > 2_000_000),
    ]
    for (const isSeen of seen) await killWhen(start(...backup), isSeen)
    await fill(server.url, 400)
    expect((await runCli(backup)).code).toBe(0)
    const list = await runCli(['restore', to, '--list', '-o', 'json'])
    const ids = (JSON.parse(list.stdout) as { id: string }[]).map(({ id }) => id)
    for (const id of ids) expect((await runCli(['restore', to, '--check', '--id', id])).stdout).toContain('is whole')
    expect(packs().filter((name) => name.endsWith('unfinished'))).toEqual([])

    const dataDir = path.join(folder, 'restored')
    const restore = ['restore', to, '--data-dir', dataDir]
    const isHalf = () => existsSync(path.join(dataDir, 'restore.unfinished'))
    for (let last = 0; last < 4; last++) {
      // Where the restore was quicker than the look, it is begun once more.
      do {
        if (!isHalf()) rmSync(dataDir, { recursive: true, force: true })
        await killWhen(start(...restore), () => existsSync(path.join(dataDir, `partitions/${last}.sqlite`)))
      } while (!isHalf())
      const refused = await runCli(['up', '--data-dir', dataDir, '--listen', '127.0.0.1:0'])
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('was not restored to its end')])
    }
    expect((await runCli(restore)).code).toBe(0)
    await server.stop()
    server.configure({ data_dir: dataDir })
    await server.start()
    expect(await countOf(server.url)).toBe(800)
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 120_000)
