import { ask } from './client.ts'
import { token } from './session.ts'
import type { DiffAnswer } from './types.ts'

/** A difference of two instants can be everything that there is; so much of it is read. */
const maxCharacters = 4_000_000

export interface ReadDiff {
  readonly changes: DiffAnswer['changes']
  /** There is more. */
  readonly isCut: boolean
}

/** The beginning of a difference: its entries stand on lines of their own. @throws as {@link ask} does */
export async function readDiff(path: string, signal: AbortSignal): Promise<ReadDiff> {
  const answer = await ask(path, { token: token.peek(), type: 'application/json', signal })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (reader !== undefined && text.length < maxCharacters) {
    const { done, value } = await reader.read()
    if (done) return { changes: JSON.parse(text).changes, isCut: false }
    text += value
  }
  await reader?.cancel()
  const whole = text.slice(0, Math.max(0, text.lastIndexOf(',\n{')))
  return { changes: whole === '' ? [] : JSON.parse(`${whole}]}`).changes, isCut: true }
}
