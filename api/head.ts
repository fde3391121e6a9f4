import type { OpenStreams } from './open-streams.ts'

/**
 * The answer to HEAD, of the answer to GET: the same status and headers, the length of a body that is whole, and a body that
 * is made while it is read is closed.
 */
export async function headOf(answer: Response, streams: OpenStreams): Promise<Response> {
  const { body, status } = answer
  if (body === null) return answer
  const headers = new Headers(answer.headers)
  if (streams.isStream(body)) {
    await body.cancel()
    // As GET does; without it the server would say "Content-Length: 0".
    headers.set('transfer-encoding', 'chunked')
    return new Response(null, { status, headers })
  }
  const { byteLength } = await answer.arrayBuffer()
  headers.set('content-length', String(byteLength))
  return new Response(null, { status, headers })
}
