import { base, getJson, keepToken, Refusal, readStream } from './api-client.js'
import { changeRow } from './change-row.js'
import { keepShowingDrift } from './drift-list.js'
import { byId } from './element.js'
import { scopeRow } from './scope-row.js'
import { ago, grouped } from './text.js'
import { clearTrouble, showTrouble, started } from './trouble.js'

/** @typedef {import('./change-row.js').Change} Change */
/** @typedef {import('./scope-row.js').Scope} Scope */

/** Rows of the list, and changes that wait for the next frame; older ones are dropped. */
const maxRows = 200
/** A page holds 1,000 scopes. */
const maxScopePages = 10
const scopesEveryMs = 5000
const timesEveryMs = 5000
const longestWaitMs = 15_000
/** Where a page without a cursor begins: a few changes back in each partition, so that it isn't empty. */
const beginning = 'v1/changes?live=sse&offset=now-20'

const list = byId('changes')
/** @type {Change[]} */
let waiting = []
/** @type {Set<string>} */
const shownIds = new Set()
let seen = 0
let paused = false
let drawing = false
let hasBegun = false
const openedAtMs = Date.now()

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** @param {'live' | 'connecting' | 'lost' | 'refused'} state @param {string} text */
function showConnection(state, text) {
  const shown = byId('connection')
  if (shown.textContent === text) return
  shown.dataset.state = state
  shown.textContent = text
}

function draw() {
  drawing = false
  if (paused) return
  const nowMs = Date.now()
  const rows = waiting.map((change) => {
    const row = changeRow(change, nowMs)
    row.dataset.id = change.id
    if (hasBegun) row.classList.add('new')
    return { row, recordedAt: change.recorded_at }
  })
  waiting = []
  // What comes first is the past of several partitions, one after another; then the clock puts them in order.
  if (!hasBegun) rows.sort((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1))
  list.prepend(...rows.reverse().map(({ row }) => row))
  while (list.children.length > maxRows) {
    const last = list.lastElementChild
    if (last instanceof HTMLElement) shownIds.delete(last.dataset.id ?? '')
    last?.remove()
  }
  byId('no-changes').hidden = list.children.length > 0
  byId('seen').textContent = grouped(seen)
  byId('pause').textContent = 'Pause'
}

function drawSoon() {
  if (drawing) return
  drawing = true
  requestAnimationFrame(draw)
}

/** @param {Change} change */
function takeChange(change) {
  if (shownIds.has(change.id)) return
  if (Date.parse(change.recorded_at) >= openedAtMs) seen++
  shownIds.add(change.id)
  waiting.push(change)
  if (waiting.length > maxRows) shownIds.delete(waiting.shift()?.id ?? '')
  if (paused) byId('pause').textContent = `Resume (${waiting.length} new)`
  else if (hasBegun) drawSoon()
}

async function follow() {
  /** @type {string | null} */
  let cursor = null
  for (let failures = 0; ; failures++) {
    try {
      await readStream(beginning, cursor, {
        onOpen() {
          failures = 0
          showConnection('live', 'Live')
          clearTrouble()
        },
        onEvent({ event, data, id }) {
          cursor = id ?? cursor
          if (event === 'change') takeChange(JSON.parse(data))
          else if (!hasBegun) {
            draw()
            hasBegun = true
          }
        },
      })
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 0
      if (status === 401 || status === 403) return askForToken(error)
      // A stream that is cut once comes back by itself.
      if (failures > 0 || !hasBegun) showTrouble(error)
      // The cursor is no longer good: retention dropped its history, or another data directory answers. Begin anew.
      if (status === 400 || status === 410) cursor = null
    }
    showConnection('lost', 'Connection lost, trying again')
    await sleep(Math.min(longestWaitMs, 500 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random() / 2))
  }
}

/** @param {unknown} error */
function askForToken(error) {
  showConnection('refused', 'Refused')
  showTrouble(error)
  byId('token').hidden = false
  byId('token-text').focus()
}

/** Reads the pages of the scopes, the first `maxScopePages` of them: this is asked again every few seconds. */
async function readScopes() {
  /** @type {Scope[]} */
  const scopes = []
  /** @type {string | null} */
  let page = null
  for (let pages = 0; pages < maxScopePages; pages++) {
    /** @type {{ scopes: Scope[], page: string | null }} */
    const answer = await getJson(`v1/scopes${page === null ? '' : `?page=${page}`}`)
    scopes.push(...answer.scopes)
    page = answer.page
    if (page === null) return { scopes, isWhole: true }
  }
  return { scopes, isWhole: false }
}

async function showScopes() {
  const { scopes, isWhole } = await readScopes()
  const nowMs = Date.now()
  const order = ['held', 'failing', 'stale', 'gone', 'fresh', 'events']
  scopes.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status) || (a.scope < b.scope ? -1 : 1))
  const list = byId('scopes')
  list.replaceChildren(...scopes.slice(0, maxRows).map((scope) => scopeRow(scope, nowMs)))
  if (scopes.length > maxRows) {
    const more = document.createElement('li')
    more.textContent = `and ${grouped(scopes.length - maxRows)} more, at /v1/scopes`
    list.append(more)
  }
  byId('no-scopes').hidden = scopes.length > 0
  byId('resources').textContent = grouped(scopes.reduce((sum, { resources }) => sum + resources, 0))
  byId('scopes-count').textContent = `${grouped(scopes.length)}${isWhole ? '' : ' and more'}`
  const attention = scopes.filter(({ status }) => status !== 'fresh' && status !== 'events').length
  byId('attention').textContent = attention === 0 ? 'none' : grouped(attention)
  byId('attention').dataset.attention = String(attention > 0)
}

async function keepShowingScopes() {
  for (;;) {
    if (!document.hidden) {
      try {
        await showScopes()
      } catch (error) {
        if (error instanceof Refusal && (error.status === 401 || error.status === 403)) return
        // The connection's state shows that the server is away; the last scopes stay in sight until it is back.
      }
    }
    await sleep(scopesEveryMs)
  }
}

byId('pause').addEventListener('click', () => {
  paused = !paused
  byId('pause').setAttribute('aria-pressed', String(paused))
  byId('pause').textContent = paused ? 'Resume' : 'Pause'
  if (!paused) drawSoon()
})

byId('token').addEventListener('submit', (event) => {
  event.preventDefault()
  const input = byId('token-text')
  if (input instanceof HTMLInputElement) keepToken(input.value)
  location.reload()
})

byId('commands').textContent = [
  `curl -N '${base}/v1/changes?live=sse'`,
  `curl '${base}/v1/snapshot'`,
  `vaino watch --server ${base}`,
].join('\n')

started()

setInterval(() => {
  for (const time of document.querySelectorAll('time[datetime]'))
    time.textContent = ago(time.getAttribute('datetime'), Date.now())
}, timesEveryMs)

void keepShowingScopes()
void keepShowingDrift(scopesEveryMs)
void follow()
