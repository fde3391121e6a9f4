import { expect, test } from 'bun:test'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { environment, runtimeFlags, stateOf, temporaryFolder } from '../test-cli.ts'
import { Screen } from './test-screen.ts'

interface OnTerminal extends AsyncDisposable {
  readonly screen: Screen
  /** Resolves when the screen is as wanted. */
  until(isAsWanted: (screen: Screen) => boolean): Promise<void>
  press(keys: string): void
  resize(columns: number, rows: number): void
  readonly ended: Promise<number>
}

/** Runs the command line on a pseudo-terminal, for tests. */
function onTerminal(
  args: readonly string[],
  cwd: string,
  columns = 100,
  rows = 30,
  env: Readonly<Record<string, string>> = {},
): OnTerminal {
  const screen = new Screen(columns)
  const decoder = new TextDecoder()
  const listeners = new Set<() => void>()
  const child = Bun.spawn([process.execPath, ...runtimeFlags, ...args], {
    cwd,
    env: { ...environment(env), TERM: 'xterm-256color' },
    terminal: {
      cols: columns,
      rows,
      data(_terminal, bytes) {
        screen.write(decoder.decode(bytes, { stream: true }))
        for (const listener of listeners) listener()
      },
    },
  })
  return {
    screen,
    until: (isAsWanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!isAsWanted(screen)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
        child.exited.then((code) => reject(new Error(`it ended with ${code}; the screen:\n${screen.lines.join('\n')}`)))
      }),
    press: (keys) => void child.terminal?.write(keys),
    resize(toColumns, toRows) {
      screen.columns = toColumns
      child.terminal?.resize(toColumns, toRows)
    },
    ended: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await child.exited
      child.terminal?.close()
    },
  }
}

async function infra() {
  const folder = await temporaryFolder()
  await mkdir(path.join(folder.path, 'infra'))
  const put = async (delay: number) => {
    await writeFile(path.join(folder.path, 'infra/.new'), stateOf({ jobs: delay }, delay))
    await rename(path.join(folder.path, 'infra/.new'), path.join(folder.path, 'infra/app.tfstate'))
  }
  await put(1)
  return { path: folder.path, put, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

const has = (text: string | RegExp) => (screen: Screen) =>
  screen.lines.some((line) => (typeof text === 'string' ? line.includes(text) : text.test(line)))
const countOf = (screen: Screen, text: string) => screen.lines.filter((line) => line.includes(text)).length
const up = ['up', '--source', 'terraform:infra', '--listen', '127.0.0.1:0']

test('on a terminal a status stands below what changes, once, whatever the size becomes, and is gone at the end', async () => {
  await using scene = await infra()
  await using running = onTerminal(up, scene.path)
  const { screen } = running
  await running.until(has('1 resource in 1 scope'))
  expect(screen.cursorIsShown).toBe(false)
  await running.until(has(/terraform\/infra%2Fapp\.tfstate\/-\/state +fresh/))

  await scene.put(7)
  await running.until(has('configuration.delay_seconds  1 → 7'))
  await running.until(has('+0 ~1 -0 changes'))
  for (const [columns, rows] of [
    [60, 12],
    [140, 40],
    [30, 6],
  ] as const) {
    running.resize(columns, rows)
    await running.until(({ lines }) => lines.some((line) => line === '─'.repeat(columns - 1)))
    expect(countOf(screen, 'Ctrl-C stops') + countOf(screen, 'Ctrl-C st…')).toBeLessThanOrEqual(1)
    expect(countOf(screen, '──')).toBe(1)
  }
  running.resize(100, 30)
  await running.until(has('Ctrl-C stops'))
  expect(countOf(screen, '──')).toBe(1)

  running.press('\u0003')
  expect(await running.ended).toBe(130)
  expect(screen.cursorIsShown).toBe(true)
  expect(has('──')(screen)).toBe(false)
  expect(has('configuration.delay_seconds  1 → 7')(screen)).toBe(true)
  expect(has(/^vaino: listening on http:\/\/127\.0\.0\.1:\d+$/)(screen)).toBe(true)
})

test('what is wrong stands in the status: a source that can not be read, a state that is cut off', async () => {
  await using scene = await infra()
  await using running = onTerminal([...up, '--source', 'terraform:nowhere'], scene.path, 160)
  await running.until(has(/^terraform:nowhere {2}failing: no file, folder or glob nowhere/))
  await writeFile(path.join(scene.path, 'infra/app.tfstate'), '{"version":4,')
  await running.until(has(/infra%2Fapp\.tfstate\/-\/state +failing .*ends in the middle/))
})

test('a second Ctrl-C ends it at once', async () => {
  await using scene = await infra()
  await using running = onTerminal(up, scene.path)
  await running.until(has('Ctrl-C stops'))
  running.press('\u0003\u0003')
  expect(await running.ended).toBe(130)
  expect(running.screen.cursorIsShown).toBe(true)
})

test('colours are for terminals, and not for those who say no', async () => {
  const isColored = async (flags: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    await using running = onTerminal(['config', 'check', '--config', 'no-such-file', ...flags], '.', 100, 30, env)
    expect(await running.ended).toBe(2)
    expect(has('There is no configuration file no-such-file')(running.screen)).toBe(true)
    return running.screen.isColored
  }
  expect(await isColored([])).toBe(true)
  expect(await isColored(['--no-color'])).toBe(false)
  expect(await isColored([], { NO_COLOR: '1' })).toBe(false)
})
