import type { Fault } from './protocol.ts'

/** Fails as it is asked to; for tests of recovery. */
export function fault(kind: Fault): void {
  if (kind === 'throw') throw new Error('a fault was asked for')
  if (kind === 'exit') process.exit(3)
  if (kind === 'kill') process.kill(process.pid, 'SIGKILL')
  for (;;);
}

/** Fails at records that hold a text. */
export const trapAt =
  (kind: Fault, text: string) =>
  (bytes: Uint8Array): void => {
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text)) fault(kind)
  }
