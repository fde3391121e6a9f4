/** Streams whose reader has gone away (`vaino diff … | head`). */
const lost = new WeakSet<NodeJS.WriteStream>()
let goesOn = false

/**
 * For a command whose exit code is a verdict, and for a service: when the reader of its output goes away, it goes on to its
 * end without writing, so that the exit code is the one that it would have had. Other commands end at once with 0.
 */
export function goOnWithoutReader(): void {
  goesOn = true
}

/** Notes that nobody reads a stream any more. @returns whether the process should go on */
export function readerLost(stream: NodeJS.WriteStream): boolean {
  lost.add(stream)
  return goesOn
}

export const hasReader = (stream: NodeJS.WriteStream): boolean => !lost.has(stream)
