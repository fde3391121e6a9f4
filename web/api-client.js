import { createEventParser } from './event-stream.js'

/** @typedef {import('./event-stream.js').ServerEvent} ServerEvent */

/** What the server refused, by its problem document. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

const tokenName = 'vaino-token'

/** For this tab only: a token should not outlive it. */
export const keepToken = (/** @type {string} */ token) => sessionStorage.setItem(tokenName, token)

/**
 * @param {string} path
 * @param {{ headers?: Record<string, string>, signal?: AbortSignal }} options
 */
async function ask(path, { headers = {}, signal } = {}) {
  const token = sessionStorage.getItem(tokenName)
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(path, { headers: { ...authorization, ...headers }, signal: signal ?? null })
  if (answer.ok) return answer
  const problem = await answer.json().catch(() => ({}))
  throw new Refusal(answer.status, [problem.detail, problem.hint].filter(Boolean).join(' ') || answer.statusText)
}

/** @param {string} path */
export const getJson = async (path) => (await ask(path)).json()

/** A stream that says nothing for this long is dead: the server sends a heartbeat every 15 s. */
const silenceMs = 45_000

/**
 * Reads one event stream to its end.
 *
 * @param {string} path
 * @param {string | null} lastEventId where to go on
 * @param {{ onOpen: () => void, onEvent: (event: ServerEvent) => void }} on
 */
export async function readStream(path, lastEventId, { onOpen, onEvent }) {
  const stop = new AbortController()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence
  const heard = () => {
    clearTimeout(silence)
    silence = setTimeout(() => stop.abort(), silenceMs)
  }
  heard()
  try {
    const headers = { accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }) }
    const answer = await ask(path, { headers, signal: stop.signal })
    if (answer.body === null) return
    onOpen()
    const take = createEventParser(onEvent)
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      heard()
      take(value)
    }
  } finally {
    clearTimeout(silence)
  }
}
