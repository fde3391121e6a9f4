import { expect, test } from 'bun:test'
import type { Command } from 'commander'
import { commands } from './commands.ts'
import { createProgram } from './program.ts'
import { vaino } from './test-cli.ts'

/** Every command, with its help as a user sees it. */
async function everyCommand(): Promise<{ path: string; help: string }[]> {
  const { program } = await createProgram(['--help'])
  const below = (command: Command, path: string): { path: string; help: string }[] => {
    let help = ''
    command.configureOutput({
      writeOut: (text) => {
        help += text
      },
    })
    command.outputHelp()
    return [{ path, help }, ...command.commands.flatMap((inner) => below(inner, `${path} ${inner.name()}`.trim()))]
  }
  return below(program, '')
}

/** The words of a shell's command line up to what the shell itself takes: a pipe, a redirection, a comment. */
function wordsOf(line: string): string[] {
  const words = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? []
  const end = words.findIndex((word) => /^[|<>#&]/.test(word))
  return words.slice(0, end < 0 ? undefined : end).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'))
}

const examplesIn = (help: string): string[] =>
  [...help.matchAll(/^ {2}\$ vaino (.+?)(?: {2,}.*)?$/gm)].map(([, call = '']) => call)

test('every command shows examples', async () => {
  const without = (await everyCommand()).filter(({ help }) => examplesIn(help).length === 0)
  expect(without.map(({ path }) => path)).toEqual([])
})

test('every example in a help parses', async () => {
  for (const { path, help } of await everyCommand()) {
    for (const example of examplesIn(help)) {
      const { program, argv } = await createProgram(wordsOf(example))
      const silence = (command: Command) => {
        command.action(() => {})
        command.configureOutput({ writeErr: () => {}, writeOut: () => {} })
        command.commands.forEach(silence as (command: Command) => void)
      }
      program.commands.forEach(silence as (command: Command) => void)
      await program.parseAsync(argv, { from: 'user' }).catch((error: Error) => {
        throw new Error(`${path}: vaino ${example}: ${error.message}`)
      })
    }
  }
})

test('the list of commands is the one that the design names', async () => {
  expect(Object.keys(commands).sort()).toEqual(
    [
      'up',
      'scan',
      'drift',
      'diff',
      'watch',
      'get',
      'list',
      'history',
      'snapshot',
      'scopes',
      'ingest',
      'rules',
      'alerts',
      'completion',
      'baseline',
      'backup',
      'restore',
      'init',
      'config',
      'doctor',
      'version',
    ].sort(),
  )
})

test('a command takes every shared flag, before its name and after it', async () => {
  const flags = [
    '--config',
    'x',
    '--data-dir',
    'd',
    '--source',
    'terraform:a',
    '--source',
    'terraform:b',
    '--interval',
    '5s',
  ]
  const more = [
    '--transport',
    'embedded',
    '--brokers',
    'a:1,b:2',
    '--topic-prefix',
    'v',
    '--roles',
    'api',
    '--listen',
    'h:1',
    '--server',
    'u',
  ]
  for (const argv of [
    ['version', ...flags, ...more, '-o', 'json', '--no-color'],
    [...flags, ...more, '-o', 'json', '--no-color', 'version'],
  ]) {
    const { program, argv: ordered } = await createProgram(argv)
    let taken: object = {}
    program.commands[0]?.action((given: object) => {
      taken = given
    })
    await program.parseAsync(ordered, { from: 'user' })
    expect(taken).toMatchObject({
      source: ['terraform:a', 'terraform:b'],
      brokers: ['a:1', 'b:2'],
      output: 'json',
      color: false,
    })
  }
})

test('a command that is near another is answered with it', async () => {
  const { code, stderr, stdout } = await vaino(['wach'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain("unknown command 'wach'")
  expect(stderr).toContain('Did you mean watch?')
})

test('a misspelt command is answered with the nearest one wherever it stands, and not with the help of another', async () => {
  for (const [words, meant] of [
    [['help', 'wach'], 'watch'],
    [['wach', '--help'], 'watch'],
    [['help', 'snapshot', 'sav'], 'save'],
    [['snapshot', 'sav', '--help'], 'save'],
    [['scopes', 'releas', 'a/b/c/d'], 'release'],
  ] as const) {
    const { code, stderr, stdout } = await vaino(words)
    expect({ words, code, stdout }).toEqual({ words, code: 2, stdout: '' })
    expect(stderr).toContain(`Did you mean ${meant}?`)
  }
  expect((await vaino(['help', 'zzz'])).stderr).toContain('Expected up, scan, drift, diff')
  expect((await vaino(['help', 'snapshot', 'save'])).stdout).toContain('Usage: vaino snapshot save')
})

test('a flag or a format that is near another is answered with it', async () => {
  const flag = await vaino(['version', '--no-colour'])
  expect(flag.code).toBe(2)
  expect(flag.stderr).toContain('Did you mean --no-color?')
  const format = await vaino(['version', '-o', 'jsn'])
  expect(format.code).toBe(2)
  expect(format.stderr).toContain('Expected table, json, ndjson, yaml, markdown. Did you mean json?')
})

test('without a command the help is shown', async () => {
  const { code, stdout } = await vaino([])
  expect(code).toBe(0)
  expect(stdout).toContain('Usage: vaino')
})
