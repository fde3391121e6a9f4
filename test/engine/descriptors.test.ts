import { expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { repository } from '../lanes.ts'

const maxFiles = 160
/** More than there are descriptors; the kernel completes their handshakes all the same. */
const idleConnections = 400

const bun = path.join(repository, 'node_modules/.bin/bun')
const program = path.join(repository, 'cli/main.ts')

const linux = test.skipIf(process.platform !== 'linux')

linux(
  'a process whose file descriptors are all taken by idle connections goes on, and serves when they leave',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vaino-descriptors-'))
    await writeFile(path.join(folder, 'vaino.yaml'), 'sources: []\nlisten: 127.0.0.1:0\n')
    const limited = `ulimit -n ${maxFiles}; exec "$0" "$1" up`
    const child = spawn('sh', ['-c', limited, bun, program], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    const sockets: net.Socket[] = []
    try {
      const url = await listening(child)
      const port = Number(new URL(url).port)
      for (let i = 0; i < idleConnections; i++)
        sockets.push(net.connect(port, '127.0.0.1').on('error', () => undefined))
      // Nothing is left to open the folder with in the process, while we still can look at it.
      const openFiles = async () => (await readdir(`/proc/${child.pid}/fd`)).length
      while (child.exitCode === null && (await openFiles()) < maxFiles) await turn()
      // The memory is looked at four times a second, the gauges at each page of metrics: both pass at least once.
      const seenAt = performance.now()
      while (child.exitCode === null && performance.now() - seenAt < 1_500) await turn()
      expect(child.exitCode).toBe(null)
      for (const socket of sockets) socket.destroy()
      const answer = await fetch(`${url}/readyz`)
      expect(await answer.json()).toEqual({ ready: true, problems: [] })
      const body = `${JSON.stringify({ kind: 'observed', scope: 'a/b/c/d', resource: { id: 'x', type: 't', provider: 'a' } })}\n`
      const ingested = await fetch(`${url}/v1/ingest`, { method: 'POST', body })
      expect(await ingested.json()).toMatchObject({ changes: 1, dead_letters: 0 })
    } finally {
      for (const socket of sockets) socket.destroy()
      child.kill('SIGKILL')
      if (child.exitCode === null) await once(child, 'close')
      await rm(folder, { recursive: true, force: true })
    }
  },
)

const turn = () => new Promise((resolve) => setImmediate(resolve))

const listening = (child: ReturnType<typeof spawn>) =>
  new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const url = /^vaino: listening on (http:\S+)$/m.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.on('close', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
  })
