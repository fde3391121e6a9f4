import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { needs, repository } from '../../lanes.ts'
import { type Recorded, readRecords } from './power-cut.ts'

const here = path.dirname(fileURLToPath(import.meta.url))

/** Where to write the list of what a process does to its files; set for the process itself. */
export const listFile = (): string => process.env.POWER_LOG ?? ''

/** A process that was killed, and what it did to the files in a folder until then. */
export class RecordedRun implements Disposable {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'vaino-power-')))
  /** What the process wrote to, as it would be had there been no power cut. */
  readonly files = path.join(this.folder, 'files')
  records: readonly Recorded[] = []
  /** Each line that the process printed, and how long the list was by then. */
  said: readonly { readonly line: string; readonly at: number }[] = []

  /** @param script a file beside this one; it prints lines `POSITION TEXT` and is then killed, or kills itself */
  async run(script: string, args: readonly string[], options: { readonly preload?: string } = {}): Promise<void> {
    const library = path.join(this.folder, 'record-writes.so')
    const source = path.join(here, 'record-writes.c')
    const compiled = spawnSync(
      needs.compiler.found ?? 'cc',
      ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'],
      { encoding: 'utf8' },
    )
    if (compiled.status !== 0) throw new Error(`${source} cannot be compiled: ${compiled.stderr}`)
    mkdirSync(this.files)
    const list = path.join(this.folder, 'list')
    const preload = options.preload === undefined ? [] : ['--preload', path.join(here, options.preload)]
    const child = spawn(
      path.join(repository, 'node_modules/.bin/bun'),
      [...preload, path.join(here, script), this.files, ...args],
      {
        env: { ...process.env, LD_PRELOAD: library, POWER_FOLDER: this.files, POWER_LOG: list, TMPDIR: this.files },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    await new Promise((resolve) => child.on('close', resolve))
    this.records = readRecords(readFileSync(list))
    this.said = text.split('\n').flatMap((line) => {
      const match = /^(\d+) (.*)$/.exec(line)
      return match ? [{ at: Number(match[1]), line: match[2] ?? '' }] : []
    })
  }

  /** Everything that had been done when the list was so long. */
  until(position: number): readonly Recorded[] {
    return this.records.filter(({ endsAt }) => endsAt <= position)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}
