import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A `vaino up` without sources in a process and a folder of its own, durable, as the launcher starts it. */
export interface Up extends AsyncDisposable {
  readonly url: string
  /** Processor time so far, milliseconds, as the kernel counts it (clock ticks of 10 ms); 0 outside Linux. */
  cpuMs(): number
  /** Resident memory, MB: now, and the highest so far; NaN outside Linux. */
  memory(): { readonly now: number; readonly peak: number }
}

export async function startUp(): Promise<Up> {
  const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
  const config = join(folder, 'vaino.yaml')
  writeFileSync(config, 'sources: []\nlog_level: error\n')
  const where = ['--data-dir', join(folder, 'data'), '--listen', '127.0.0.1:0', '--config', config]
  const server = spawn(process.execPath, ['cli/main.ts', 'up', ...where], { stdio: ['ignore', 'ignore', 'pipe'] })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      const found = /^vaino: listening on (\S+)/.exec(line)?.[1]
      if (found) resolve(found)
      else console.error(line)
    })
    server.on('exit', (code) => reject(new Error(`vaino ended with code ${code}`)))
  })
  const read = (file: string): string =>
    process.platform === 'linux' ? readFileSync(`/proc/${server.pid}/${file}`, 'utf8') : ''
  return {
    url,
    cpuMs() {
      const fields = read('stat').split(') ')[1]?.split(' ') ?? []
      return fields.length === 0 ? 0 : (Number(fields[11]) + Number(fields[12])) * 10
    },
    memory() {
      const status = read('status')
      const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
      return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') }
    },
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM')
      await once(server, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
