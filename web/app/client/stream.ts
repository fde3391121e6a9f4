import { createEventParser, type ServerEvent } from '../../event-stream.ts'
import { ask, streamWentSilent } from './client.ts'

/** A stream that says nothing for this long is dead: the server sends a heartbeat every 15 s. */
const silenceMs = 45_000

interface Reading {
  readonly token: string | null
  /** Where to go on; null: where the path says. */
  readonly lastEventId: string | null
  readonly signal: AbortSignal
  onOpen(): void
  onEvent(event: ServerEvent): void
}

/** Reads one event stream to its end. @throws as {@link ask} does, and Unreachable when it has gone silent */
export async function readStream(
  path: string,
  { token, lastEventId, signal, onOpen, onEvent }: Reading,
): Promise<void> {
  const silent = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => silent.abort(), silenceMs)
  }
  heard()
  try {
    const headers = lastEventId === null ? {} : { 'last-event-id': lastEventId }
    const stop = AbortSignal.any([signal, silent.signal])
    const answer = await ask(path, { token, type: 'text/event-stream', headers, signal: stop })
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
    throw silent.signal.aborted ? streamWentSilent(path, silenceMs) : error
  } finally {
    clearTimeout(timer)
  }
}
