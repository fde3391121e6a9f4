import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { repository } from '../lanes.ts'

/** One line of the Dockerfile, continued lines joined. */
export interface Instruction {
  readonly word: string
  readonly rest: string
}

export const instructions = (): Instruction[] =>
  readFileSync(path.join(repository, 'Dockerfile'), 'utf8')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }))

/** Whether the build leaves a file out, as .dockerignore says. The patterns there are names, `*` and a leading `**`. */
export function isIgnored(file: string): boolean {
  const parts = file.split('/')
  const upTo = parts.map((_, at) => parts.slice(0, at + 1).join('/'))
  return readFileSync(path.join(repository, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((pattern) => pattern !== '')
    .some((pattern) => {
      const text = pattern.replace('**/', '').replaceAll('.', '\\.').replaceAll('*', '[^/]*')
      const whole = new RegExp(`^${pattern.startsWith('**/') ? '(.*/)?' : ''}${text}$`)
      return upTo.some((part) => whole.test(part))
    })
}

/** A stage that was built: the folder that stands for its `/`. */
interface Stage {
  readonly name: string
  readonly root: string
  workdir: string
}

/**
 * Takes the steps of the Dockerfile below a folder, without Docker: `COPY` copies, `RUN` is handed to the caller.
 * @param run gets each command and the folder that stands for its working directory
 * @returns the folder that stands for `/` of the image
 */
export function build(folder: string, run: (command: string, cwd: string) => void): string {
  const stages: Stage[] = []
  for (const { word, rest } of instructions()) {
    const stage = stages.at(-1)
    if (word === 'FROM') {
      const name = / AS (\S+)$/.exec(rest)?.[1] ?? ''
      const root = path.join(folder, `stage-${stages.length}`)
      mkdirSync(root)
      stages.push({ name, root, workdir: root })
    } else if (stage !== undefined && word === 'WORKDIR') {
      stage.workdir = path.join(stage.root, rest)
      mkdirSync(stage.workdir, { recursive: true })
    } else if (stage !== undefined && word === 'COPY') copy(stage, stages, rest)
    else if (stage !== undefined && word === 'RUN') run(rest, stage.workdir)
  }
  return stages.at(-1)?.root ?? folder
}

function copy(stage: Stage, stages: readonly Stage[], rest: string): void {
  const from = /^--from=(\S+) /.exec(rest)?.[1]
  const words = rest.replace(/^--from=\S+ /, '').split(/\s+/)
  const target = words.pop() ?? ''
  const origin = from === undefined ? repository : stages.find(({ name }) => name === from)?.root
  if (origin === undefined) throw new Error(`there is no stage ${from}`)
  for (const source of words) {
    const into = path.join(stage.workdir, target, target.endsWith('/') ? path.basename(source) : '')
    cpSync(path.join(origin, source), into, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => from !== undefined || !isIgnored(path.relative(repository, file)),
    })
  }
}
