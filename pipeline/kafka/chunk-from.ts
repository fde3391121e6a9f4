import type { LogChunk } from '../../connectors/kafka/kafka.ts'

/** A chunk from an offset on, for another thread: its own bytes, and not all of the answer that they are a view of. */
export const chunkFrom = ({ bytes, aborted }: LogChunk, from: number): LogChunk => ({
  bytes: Uint8Array.from(bytes),
  from,
  aborted,
})
