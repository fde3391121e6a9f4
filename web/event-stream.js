/**
 * @typedef {{ event: string, data: string, id: string | null }} ServerEvent
 */

/** Characters of one event; what is longer can't come from vaino, and is not collected. */
const maxEventLength = 128 * 1024 * 1024

/**
 * Takes the text of an event stream in any pieces and hands on its events (HTML standard §9.2.6). EventSource would do the
 * same, but can't send a token.
 *
 * @param {(event: ServerEvent) => void} onEvent
 * @returns {(text: string) => void}
 */
export function createEventParser(onEvent) {
  let rest = ''
  let event = ''
  /** @type {string[]} */
  let data = []
  let length = 0
  /** @type {string | null} */
  let id = null

  /** @param {string} line */
  const take = (line) => {
    if (line === '') {
      if (data.length > 0) onEvent({ event: event || 'message', data: data.join('\n'), id })
      event = ''
      data = []
      length = 0
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) return
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') event = value
    if (name === 'id') id = value
    if (name === 'data') {
      length += value.length
      data.push(value)
    }
  }

  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line.endsWith('\r') ? line.slice(0, -1) : line)
    if (rest.length + length > maxEventLength) throw new Error('an event is too long')
  }
}
