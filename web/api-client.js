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

/** Nobody answered, or somebody else did: a proxy, a login page. */
export class Unreachable extends Error {
  /**
   * @param {string} tried the address
   * @param {string} happened a sentence
   * @param {string} advice what to do
   */
  constructor(tried, happened, advice) {
    super(happened)
    this.tried = tried
    this.advice = advice
  }
}

const tokenName = 'vaino-token'

/** For this tab only: a token should not outlive it. */
export const keepToken = (/** @type {string} */ token) => sessionStorage.setItem(tokenName, token)

/** The address that this page and the API are below, whatever path prefix a proxy gives them, without a slash at its end. */
export const base = new URL('.', location.href).href.replace(/\/$/, '')

const toVaino = `Check that the proxy in front of vaino passes everything below ${base}/ on to it, and that public_url in vaino.yaml is ${base}.`
const runs = `Check that vaino runs: curl '${base}/healthz'. If a proxy stands in front of it, check that it runs too.`
const unbuffered = 'A proxy in front of vaino keeps the stream back: turn its buffering off for this path.'

/** @param {string} path */
const addressOf = (path) => `${base}/${path}`

/** What a page of HTML, a redirect to a login, or a refusal of the proxy is. @param {string} path @param {Response} answer */
function notVaino(path, answer) {
  const place = answer.redirected ? ` It led to ${new URL(answer.url).origin}.` : ''
  const happened = `It answered ${answer.status}${answer.statusText ? ` ${answer.statusText}` : ''}, and not as vaino does.${place}`
  return new Unreachable(addressOf(path), happened, toVaino)
}

/**
 * @param {string} path
 * @param {string} type what a good answer consists of
 * @param {{ headers?: Record<string, string>, signal?: AbortSignal }} options
 */
async function ask(path, type, { headers = {}, signal } = {}) {
  const token = sessionStorage.getItem(tokenName)
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(path, { headers: { ...authorization, ...headers }, signal: signal ?? null }).catch(() => {
    throw new Unreachable(
      addressOf(path),
      signal?.aborted ? silence : 'No answer came.',
      signal?.aborted ? unbuffered : runs,
    )
  })
  const given = answer.headers.get('content-type') ?? ''
  if (answer.ok && given.startsWith(type)) return answer
  if (answer.ok || !given.startsWith('application/problem+json')) throw notVaino(path, answer)
  const problem = await answer.json().catch(() => ({}))
  throw new Refusal(answer.status, [problem.detail, problem.hint].filter(Boolean).join(' ') || answer.statusText)
}

/** @param {string} path */
export const getJson = async (path) => (await ask(path, 'application/json')).json()

/** A stream that says nothing for this long is dead: the server sends a heartbeat every 15 s. */
const silenceMs = 45_000
const silence = `Nothing came for ${silenceMs / 1000} s.`

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
  let timer
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => stop.abort(), silenceMs)
  }
  heard()
  try {
    const headers = { accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }) }
    const answer = await ask(path, 'text/event-stream', { headers, signal: stop.signal })
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
  } catch (error) {
    if (!stop.signal.aborted || error instanceof Unreachable) throw error
    throw new Unreachable(addressOf(path), silence, unbuffered)
  } finally {
    clearTimeout(timer)
  }
}
