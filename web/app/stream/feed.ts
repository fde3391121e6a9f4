import { effect, signal } from '@preact/signals'
import { base } from '../client/client.ts'
import { token } from '../client/session.ts'
import { type Connection, type Counts, type FromWorker, maxRows, type Row, type ToWorker } from './messages.ts'

/** The worker's name beside the page, with its content's hash; the build writes it. */
declare const STREAM_WORKER: string

/** Where a text becomes a script's address, the one place that the content security policy allows. */
declare const trustedTypes:
  | {
      createPolicy(
        name: string,
        rules: { createScriptURL(text: string): string },
      ): { createScriptURL(text: string): string }
    }
  | undefined
const policy =
  typeof trustedTypes === 'undefined' ? null : trustedTypes.createPolicy('vaino', { createScriptURL: (text) => text })

const none: Counts = { r: 0, c: 0, u: 0, d: 0 }

/** The newest changes that pass the filter, newest first, at most {@link maxRows}. */
export const rows = signal<readonly Row[]>([])
/** Changes since the stream was asked for, by op. */
export const counts = signal<Counts>(none)
export const connection = signal<Connection>({ state: 'connecting', trouble: null })
/** Filters of the stream, as `/v1/changes` takes them. */
export const filter = signal('')
/** Goes up when something has changed, at most every {@link pulseMs}: then panels ask again. */
export const pulse = signal(0)
const pulseMs = 2000

const worker = new Worker(
  policy === null ? `${base}/${STREAM_WORKER}` : policy.createScriptURL(`${base}/${STREAM_WORKER}`),
  { type: 'module' },
)
let stream = 0

effect(() => {
  stream++
  const message: ToWorker = { stream, query: filter.value, token: token.value }
  counts.value = none
  connection.value = { state: 'connecting', trouble: null }
  worker.postMessage(message)
})

let isBeating = false
function beat(): void {
  if (isBeating) return
  isBeating = true
  setTimeout(() => {
    isBeating = false
    pulse.value++
  }, pulseMs)
}

worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
  if (data.stream !== stream) return
  const before = data.isNew ? [] : rows.peek()
  if (data.rows.length > 0 || data.isNew) rows.value = [...data.rows, ...before].slice(0, maxRows)
  if (data.actors.length > 0) {
    const actors = new Map(data.actors)
    rows.value = rows.peek().map((row) => ({ ...row, actor: actors.get(row.id) ?? row.actor }))
  }
  counts.value = data.counts
  if (connection.peek().state === 'lost' && data.connection.state === 'live') beat()
  if (connection.peek().state !== data.connection.state || data.connection.trouble !== null)
    connection.value = data.connection
  if (data.rows.length > 0 || data.actors.length > 0) beat()
})
