import { fit } from './terminal.ts'

const redrawMs = 100

/** One line that is redrawn in place, on a terminal only, and gone when it is disposed. */
export interface Progress extends Disposable {
  show(text: string): void
  /** Takes the line away until it is shown again: something is written in its place. */
  clear(): void
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (stream.isTTY !== true) return { show: () => {}, clear: () => {}, [Symbol.dispose]: () => {} }
  let drawnAt = Number.NEGATIVE_INFINITY
  const clear = (): void => {
    if (drawnAt > 0) stream.write('\r\u001b[K')
    drawnAt = Number.NEGATIVE_INFINITY
  }
  return {
    show(text) {
      const now = performance.now()
      if (now - drawnAt < redrawMs) return
      drawnAt = now
      stream.write(`\r\u001b[K${fit(text, (stream.columns || 80) - 1)}`)
    },
    clear,
    [Symbol.dispose]: clear,
  }
}
