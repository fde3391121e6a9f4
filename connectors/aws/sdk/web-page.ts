/** Whether a text is the beginning of a web page: of markup that is not AWS's XML, which says so first. */
const isMarkup = (text: string): boolean => /^\s*<(?!\?xml)/.test(text)

/**
 * Looks at the first bytes of an answer that calls itself a web page, which some servers say of JSON too.
 * @returns all bytes of the body; null where it is a web page
 */
export async function unlessWebPage(body: unknown): Promise<unknown> {
  if (!(body instanceof ReadableStream)) return typeof body === 'string' && isMarkup(body) ? null : body
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const first = await reader.read()
  if (!first.done && isMarkup(new TextDecoder().decode(first.value.subarray(0, 64)))) {
    await reader.cancel()
    return null
  }
  let held: Uint8Array | null = first.done ? null : first.value
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (held !== null) {
        controller.enqueue(held)
        held = null
        return
      }
      const { value, done } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
