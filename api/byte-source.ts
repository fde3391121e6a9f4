/** A body that is made while it is read: nothing is produced before it is asked for, so a slow reader holds little. */
export interface ByteSource {
  /** The next bytes; null at the end. May wait. Never asked again before it has answered. */
  next(): Uint8Array | null | Promise<Uint8Array | null>
  /** What a reader should find last when it is cut off: where to resume. */
  lastWords?(why: 'slow' | 'shutdown' | 'expired'): Uint8Array | null
  /** Frees what it holds; a `next` that waits then ends. */
  close(): void
  /** Changes handed out so far. */
  readonly delivered?: number
}

/** Lets timers, sockets and other answers run. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
