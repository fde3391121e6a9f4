import { VainoError } from '../../model/errors.ts'

/** Questions that one key answers. */
export interface Keys extends Disposable {
  /** Enter takes the default. @throws VainoError `bad_config` where the terminal's input has ended */
  ask(question: string, byDefault: boolean): Promise<boolean>
}

const [interrupt, endOfInput] = ['\u0003', '\u0004'] as const
/** Arrows, function keys and the like: they answer nothing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is how terminals send them
const sequences = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.|.)?/g

/** Reads keys of a terminal as they are pressed; it is as it was when this is disposed. */
export function openKeys(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Keys {
  const pressed: string[] = []
  let hasEnded = false
  let wake = (): void => undefined
  const take = (chunk: Buffer | string): void => {
    pressed.push(...String(chunk).replaceAll(sequences, ''))
    wake()
  }
  const end = (): void => {
    hasEnded = true
    wake()
  }
  const close = (): void => {
    input.off('data', take).off('end', end).setRawMode(false)
    input.pause()
  }
  input.setRawMode(true).on('data', take).on('end', end).resume()

  const nextKey = async (): Promise<string> => {
    while (pressed.length === 0 && !hasEnded) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return pressed.shift() ?? endOfInput
  }
  return {
    async ask(question, byDefault) {
      output.write(`${question} ${byDefault ? '[Y/n]' : '[y/N]'} `)
      for (;;) {
        const answer = answerOf(await nextKey(), byDefault)
        if (answer === 'interrupt') {
          close()
          output.write('\n')
          process.kill(process.pid, 'SIGINT')
          // The signal ends the process.
          await new Promise(() => undefined)
        }
        if (answer === 'end') {
          output.write('\n')
          throw inputEnded()
        }
        if (typeof answer !== 'boolean') continue
        output.write(answer ? 'yes\n' : 'no\n')
        return answer
      }
    },
    [Symbol.dispose]: close,
  }
}

function answerOf(key: string, byDefault: boolean): boolean | 'interrupt' | 'end' | null {
  if (key === interrupt) return 'interrupt'
  if (key === endOfInput) return 'end'
  if (key === '\r' || key === '\n') return byDefault
  if (/^y$/i.test(key)) return true
  return /^n$/i.test(key) ? false : null
}

export const inputEnded = (): VainoError =>
  new VainoError('bad_config', 'the input ended before all was answered; nothing was written', {
    hint: 'vaino init --yes asks nothing.',
  })
