import { VainoError } from '../model/errors.ts'

export interface ServerEvent {
  readonly event: string
  readonly data: string
  /** The last id that was given, by this event or an earlier one. */
  readonly id: string | null
}

/** Characters of one event, which is held whole: before and after of the largest resource, with room. */
const maxEventLength = 128 * 1024 * 1024

/**
 * Reads server-sent events (HTML standard §9.2.6) from text that comes in any pieces. An event that the end cuts off is
 * dropped, as the standard wants: whoever resumes gets it again. An empty one (`event: null`) tells that a comment came,
 * so that a reader can see that a quiet stream lives.
 */
export async function* readEvents(chunks: AsyncIterable<string>): AsyncGenerator<ServerEvent | 'heartbeat'> {
  let buffered = ''
  let event = ''
  let data: string[] = []
  let id: string | null = null
  let length = 0
  for await (const chunk of chunks) {
    buffered += chunk
    const lines = buffered.split(/\r\n|\n|\r(?!$)/)
    buffered = lines.pop() ?? ''
    length += chunk.length
    if (length > maxEventLength)
      throw new VainoError('too_large', `The server sent an event of more than ${maxEventLength} characters`)
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id }
        event = ''
        data = []
        length = buffered.length
      } else if (line.startsWith(':')) yield 'heartbeat'
      else {
        const colon = line.indexOf(':')
        const field = colon < 0 ? line : line.slice(0, colon)
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
        if (field === 'event') event = value
        else if (field === 'data') data.push(value)
        else if (field === 'id' && !value.includes('\0')) id = value
      }
    }
  }
}
