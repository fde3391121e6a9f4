import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Of a thread, behind its name in parentheses. */
const stateOf = (stat: string): string => stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)

const hasStopped = (pid: number): boolean =>
  readdirSync(`/proc/${pid}/task`).every(
    (thread) => stateOf(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')) === 'T',
  )

/**
 * Makes a process hang until it gets `SIGCONT`. Resolves when none of its threads runs any more: a signal takes effect a moment after
 * it is sent, in which a server still answers.
 */
export async function hang(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  while (!hasStopped(pid)) await setTimeout(1)
}
