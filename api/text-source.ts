import { type ByteSource, nextTurn } from './byte-source.ts'
import { chunkBytes, sliceMs } from './limits.ts'

const encoder = new TextEncoder()

/** Texts as bytes in pieces of about 64 KiB. Texts that are costly to come by, or empty, don't keep the thread for long. */
export function textSource(texts: Generator<string>): ByteSource {
  return {
    async next() {
      let text = ''
      let untilMs = performance.now() + sliceMs
      while (text.length < chunkBytes) {
        const { done, value } = texts.next()
        if (done) return text === '' ? null : encoder.encode(text)
        text += value
        if (performance.now() > untilMs) {
          await nextTurn()
          untilMs = performance.now() + sliceMs
        }
      }
      return encoder.encode(text)
    },
    close: () => void texts.return(undefined),
  }
}
