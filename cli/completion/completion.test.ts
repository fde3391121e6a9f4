import { afterAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProgram } from '../program.ts'
import { bashCompletion } from './bash.ts'
import { fishCompletion } from './fish.ts'
import { offeredBy } from './offered.ts'
import { zshCompletion } from './zsh.ts'

const { program } = await createProgram(['completion', 'bash'])
const offered = offeredBy(program)
const folder = mkdtempSync(join(tmpdir(), 'vaino-completion-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(shell: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(shell, args, { encoding: 'utf8', cwd: folder, timeout: 60_000 })
  if (error) throw error
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

/** What bash would offer for a line that ends where the cursor is. */
function inBash(line: string): string[] {
  const script = join(folder, 'vaino.bash')
  writeFileSync(script, bashCompletion(offered))
  const words = line.split(' ').map((word) => `'${word}'`)
  // Outside a completion `compopt` has nothing to set.
  const asking = `compopt() { :; }; source ${script}; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _vaino; printf '%s\n' "\${COMPREPLY[@]}"`
  return run('bash', ['--norc', '-c', asking]).split('\n').filter(Boolean)
}

function inFish(line: string): string[] {
  const script = join(folder, 'vaino.fish')
  writeFileSync(script, fishCompletion(offered))
  return run('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`])
    .split('\n')
    .filter(Boolean)
    .map((answer) => answer.split('\t')[0] ?? '')
}

/** zsh completes in its line editor alone: the functions by which a completion answers print here. */
function inZsh(line: string): string[] {
  const script = join(folder, '_vaino')
  writeFileSync(script, zshCompletion(offered))
  const words = line.split(' ')
  const asking = `compdef() { :; }
_describe() { print -l -- "\${(@)\${(P@)4}%%:*}"; }
_files() { print FILES; }
_message() { print MESSAGE; }
compadd() { shift; print -l -- "$@"; }
source ${script}
words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; PREFIX='${words.at(-1)}'
_vaino`
  return run('zsh', ['-f', '-c', asking])
    .split('\n')
    .filter((answer) => answer.startsWith(words.at(-1) ?? ''))
    .filter(Boolean)
}

const shells = { bash: inBash, zsh: inZsh, fish: inFish }

for (const [shell, complete] of Object.entries(shells)) {
  const isHere = spawnSync(shell, ['-c', ':']).status === 0
  describe.skipIf(!isHere)(`in ${shell}`, () => {
    test('commands are completed, and those below them', () => {
      expect(complete('vaino sc').sort()).toEqual(['scan', 'scopes'])
      expect(complete('vaino scopes re')).toEqual(['release'])
      expect(complete('vaino completion z')).toEqual(['zsh'])
    })

    test('flags are those of the command, also behind others', () => {
      expect(complete('vaino drift --sta').sort()).toEqual(['--state', '--status'])
      expect(complete('vaino drift --config vaino.yaml --aga')).toEqual(['--against'])
      expect(complete('vaino scopes release --serv')).toEqual(['--server'])
      expect(complete('vaino version --serv')).toEqual([])
    })

    test('a flag that takes one of a few words offers these', () => {
      expect(complete('vaino list -o nd')).toEqual(['ndjson'])
      expect(complete('vaino up --transport ').sort()).toEqual(['embedded', 'kafka'])
    })
  })
}

test('every command and every flag of its help is offered', () => {
  const up = offered.find(({ path }) => path === 'up')
  expect(up?.flags.flatMap(({ names }) => names)).toContain('--example')
  expect(up?.flags.flatMap(({ names }) => names)).not.toContain('--server')
  expect(offered.map(({ path }) => path)).toContain('baseline save')
})
