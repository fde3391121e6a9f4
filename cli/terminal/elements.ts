import { messageOf, VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import { JsonElementSplitter } from '../../model/json-elements.ts'

/** The body of an answer; a connection that breaks is reported as such. */
export async function* bodyOf(response: Response, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    if (response.body !== null) yield* response.body as unknown as AsyncIterable<Uint8Array>
  } catch (cause) {
    if (signal.aborted || cause instanceof VainoError) throw cause
    throw new VainoError('source_failed', `${name}: the answer broke off (${messageOf(cause)})`, { cause })
  }
}

/** The elements of the one large array in an answer, as they come; those of one chunk are held. */
export async function* elementsOf<T>(
  response: Response,
  array: string,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let batch: T[] = []
  const splitter = new JsonElementSplitter(
    { name, array },
    {
      element: (bytes, start, end) => {
        batch.push(parseJson(new TextDecoder().decode(bytes.subarray(start, end))) as T)
      },
    },
  )
  for await (const chunk of bodyOf(response, name, signal)) {
    splitter.push(chunk)
    yield* batch
    batch = []
  }
  splitter.end()
}
