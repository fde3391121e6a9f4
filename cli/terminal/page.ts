import type { SharedFlags } from '../shared-flags.ts'
import { type Page, writeTo } from './output.ts'
import { printable, terminalOf } from './terminal.ts'

/** Where a command's data goes: stdout, in the format that the flags ask for; notes go to stderr. */
export function pageOf(flags: Pick<SharedFlags, 'output' | 'color'>): Page {
  return {
    format: flags.output ?? 'table',
    terminal: terminalOf(process.stdout, flags.color),
    write: (text) => writeTo(process.stdout, text),
    note: (text) => {
      process.stderr.write(`vaino: ${printable(text)}\n`)
    },
  }
}
