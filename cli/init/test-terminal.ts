import { spawn } from 'bun'
import { environment, type RunOptions, runtimeFlags } from '../test-cli.ts'

/** A command at a terminal of its own, for tests. */
export interface AtTerminal extends AsyncDisposable {
  /** What the terminal shows, without the sequences that move and colour. */
  readonly screen: string
  /** Resolves when the screen has it, behind what the last call found. @throws when the process ends first */
  until(pattern: RegExp): Promise<void>
  type(keys: string): void
  readonly ended: Promise<number>
}

/** Starts the command line with a terminal as its standard input, output and error. */
export function atTerminal(args: readonly string[], { cwd = '/', env = {} }: RunOptions): AtTerminal {
  let screen = ''
  let seen = 0
  const listeners = new Set<() => void>()
  const text = new TextDecoder()
  const child = spawn([process.execPath, ...runtimeFlags, ...args], {
    cwd,
    env: { ...environment(env), TERM: 'xterm' },
    terminal: {
      cols: 200,
      rows: 50,
      data(_, bytes) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what terminals are steered with
        screen += text.decode(bytes, { stream: true }).replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
        for (const listener of listeners) listener()
      },
    },
  })
  return {
    get screen() {
      return screen
    },
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(screen.slice(seen))
          if (match === null) return
          seen += match.index + match[0].length
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
        child.exited.then((code) => reject(new Error(`it ended with ${code} before it showed ${pattern}:\n${screen}`)))
      }),
    type: (keys) => void child.terminal?.write(keys),
    ended: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await child.exited
      child.terminal?.close()
    },
  }
}
