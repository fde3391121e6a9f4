/** One server-sent event; `id` is the last one that was given, by this event or an earlier one. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
  readonly id: string | null
}

// The one parser of server-sent events: the page's worker, the CLI and the tests use it, so it needs neither browser nor server.

/** Characters of one event, which is held whole. The largest resource's before and after fit; longer ones are refused. */
const maxEventLength = 128 * 1024 * 1024

/**
 * Parses the text of an event stream, cut into any pieces (HTML standard §9.2.6). An event that the end cuts off is dropped,
 * as the standard wants: a client that resumes gets it again. EventSource would do the same, but cannot send a token.
 *
 * @param onComment a comment line came; the server's heartbeats are comments
 * @returns takes the next piece; throws a RangeError at an event of more than 128 Mi characters
 */
export function createEventParser(
  onEvent: (event: ServerEvent) => void,
  onComment?: () => void,
): (text: string) => void {
  let rest = ''
  let event = ''
  let data: string[] = []
  let length = 0
  let id: string | null = null

  const take = (line: string): void => {
    if (line === '') {
      if (data.length > 0) onEvent({ event: event || 'message', data: data.join('\n'), id })
      event = ''
      data = []
      length = 0
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) {
      onComment?.()
      return
    }
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
