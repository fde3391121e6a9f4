/**
 * The one parser of server-sent events: the page loads this file, the CLI and the tests import it. So it is plain
 * JavaScript that uses nothing of a browser or a server.
 *
 * @typedef {{ event: string, data: string, id: string | null }} ServerEvent
 */

/** Characters of one event, which is held whole. The largest resource's before and after fit; longer ones are refused. */
const maxEventLength = 128 * 1024 * 1024

/**
 * Parses the text of an event stream, cut into any pieces (HTML standard §9.2.6). An event that the end cuts off is dropped,
 * as the standard wants: a client that resumes gets it again. EventSource would do the same, but cannot send a token.
 *
 * @param {(event: ServerEvent) => void} onEvent `id` is the last one that was given, by this event or an earlier one
 * @param {() => void} [onComment] a comment line came; the server's heartbeats are comments
 * @returns {(text: string) => void} takes the next piece; throws a RangeError at an event of more than 128 Mi characters
 */
export function createEventParser(onEvent, onComment) {
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
    if (colon === 0) return onComment?.()
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') event = value
    if (name === 'id' && !value.includes('\0')) id = value
    if (name === 'data') {
      length += value.length
      data.push(value)
    }
  }

  let endedWithReturn = false
  return (piece) => {
    // The piece before ended a line with \r; a \n that comes now is the second half of the same line end.
    const text = endedWithReturn && piece.startsWith('\n') ? piece.slice(1) : piece
    if (piece !== '') endedWithReturn = piece.endsWith('\r')
    const lines = (rest + text).split(/\r\n|\n|\r/)
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
    if (rest.length + length > maxEventLength) throw new RangeError('the server sent an event that is too long')
  }
}
