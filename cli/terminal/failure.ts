import { messageOf, VainoError } from '../../model/errors.ts'
import { createPaint, printable } from './terminal.ts'

/** Tells a failure on stderr: what happened, and the next step. @returns the exit code */
export function printFailure(error: unknown, color: boolean): number {
  const paint = createPaint(color && process.stderr.isTTY === true && !process.env.NO_COLOR)
  const [first = '', ...rest] = messageOf(error).split('\n')
  const lines = [`${paint.red('vaino:')} ${printable(first)}`, ...rest.map((line) => `       ${printable(line)}`)]
  if (error instanceof VainoError) {
    if (error.hint !== undefined) lines.push(`       ${printable(error.hint)}`)
  } else {
    lines.push('       This is a defect in vaino; please report it with what follows.')
    if (error instanceof Error && error.stack !== undefined) lines.push(error.stack)
  }
  process.stderr.write(`${lines.join('\n')}\n`)
  return error instanceof VainoError ? error.exitCode : 2
}
