import type { LogChunk } from '../../../connectors/kafka/kafka.ts'

/**
 * Copies a chunk for another thread: its bytes are a view of a whole fetch answer, which would be cloned with them. `new
 * Uint8Array` copies a block; `Uint8Array.from` goes through an iterator, and took most of a node's main thread.
 */
export const ownChunk = ({ bytes, from, aborted }: LogChunk): LogChunk => ({
  bytes: new Uint8Array(bytes),
  from,
  aborted,
})
