import type { KeyReader } from './resource-key.ts'

/** A snapshot's own header; null where it states nothing. */
export interface SnapshotHeader {
  readonly id: string | null
  readonly timestamp: string | null
  readonly provider: string | null
  /** Where a server's changes go on from. */
  readonly cursor: string | null
  readonly resources: number
}

export interface ResourceVisitor {
  /**
   * One resource: its JSON is `bytes[start, end)`, at `offset` in the whole. All arguments are valid during the call only.
   * @param key its key as UTF-8, in the first `key.length` of `key.bytes`
   */
  resource(key: KeyReader, bytes: Uint8Array, start: number, end: number, offset: number): void
  /** See `ElementHandler.known`; asked only where a resource is an element of its own. */
  known?(bytes: Uint8Array, start: number, available: number, offset: number): number
}

/** Takes a snapshot chunk by chunk and calls a visitor for each resource in it. */
export interface ResourceReader {
  /** @throws VainoError `bad_input` or `too_large`, naming the byte */
  push(chunk: Uint8Array): void
  /** @throws VainoError `bad_input` when it was cut off, or contradicts its header */
  end(): SnapshotHeader
}
