import { VainoError } from '../../model/errors.ts'
import { createEventParser, type ServerEvent } from '../../web/event-stream.ts'

/**
 * Server-sent events from text in any pieces. `'heartbeat'` stands for a comment: a quiet stream is alive.
 * Holds the events of one piece of text, and one unfinished event of at most 128 Mi characters.
 * @throws VainoError `too_large` for a longer one
 */
export async function* readEvents(chunks: AsyncIterable<string>): AsyncGenerator<ServerEvent | 'heartbeat'> {
  const ready: (ServerEvent | 'heartbeat')[] = []
  const take = createEventParser(
    (event) => ready.push(event),
    () => ready.push('heartbeat'),
  )
  for await (const chunk of chunks) {
    try {
      take(chunk)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new VainoError('too_large', 'The server sent an event of more than 128 million characters', {
        cause: error,
      })
    }
    yield* ready.splice(0)
  }
}
