import type { Cursor } from '../model/cursor.ts'

const encoder = new TextEncoder()

/** JSON of a change has no line breaks of its own; white space between its tokens may (a document keeps its spelling). */
const oneLine = (json: string): string => (/[\r\n]/.test(json) ? json.replaceAll(/[\r\n]+/g, ' ') : json)

/** One event as the EventSource standard frames it; `id` is what comes back as `Last-Event-ID`. */
export const changeFrame = (cursor: Cursor, json: string): string =>
  `event: change\nid: ${cursor}\ndata: ${oneLine(json)}\n\n`

/** What isn't a change: where the follower stands, whether that is the end of the log, and why the stream ends if it does. */
export interface Control {
  readonly cursor: Cursor
  readonly up_to_date: boolean
  readonly closing?: string
}
export const controlFrame = (control: Control): string =>
  `event: control\nid: ${control.cursor}\ndata: ${JSON.stringify(control)}\n\n`

/** A comment: shows that the stream lives, and changes nothing. */
export const heartbeat = encoder.encode(':\n\n')

/** Tells EventSource how soon to come back after a cut. */
export const retryHint = (milliseconds: number): string => `retry: ${milliseconds}\n\n`

export const encodeText = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)
