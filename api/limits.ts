/** Every bound and every time limit of the API; a configuration or a test overrides some. */
export interface ApiLimits {
  /** Clients that follow changes at once, by SSE or long-poll; the next one is refused with 429. */
  readonly maxStreamClients: number
  /** Snapshots and diffs that are being read at once; each holds a page of the storage, up to 4 MiB. */
  readonly maxBodyReaders: number
  /** A quiet stream sends a comment this often, so that proxies and clients know that it lives. */
  readonly heartbeatMs: number
  /** A client that takes nothing for this long while something waits for it is disconnected. */
  readonly stallMs: number
  /** How long a long-poll waits before it answers 204. */
  readonly longPollMs: number
  /** How long a request waits for its `min_cursor` before it answers 503. */
  readonly minCursorMs: number
  /** Requests that wait so at once; the next one is refused with 429. */
  readonly maxCursorWaiters: number
  /** What the changes that live clients share may take in memory. */
  readonly feedBytes: number
  /** The largest body of an ingest, decompressed. */
  readonly ingestBytes: number
  /** The most lines of an ingest, decompressed: 500,000 that cannot be used take 1 to 2.5 s (measured). */
  readonly ingestLines: number
  /** How long a page looks for what its filters let through, milliseconds. It then ends early, possibly empty, and says where to go on. */
  readonly pageMs: number
  /** Requests of one caller a second, twice as many at once; null: unlimited. */
  readonly requestsPerSecond: number | null
  /** The largest answer that is built in memory (a page of resources, of changes): it ends early and says where to go on. */
  readonly pageBytes: number
}

export const defaultLimits: ApiLimits = {
  maxStreamClients: 256,
  maxBodyReaders: 16,
  heartbeatMs: 15_000,
  stallMs: 30_000,
  longPollMs: 20_000,
  minCursorMs: 10_000,
  maxCursorWaiters: 256,
  feedBytes: 8 * 1024 * 1024,
  ingestBytes: 64 * 1024 * 1024,
  ingestLines: 500_000,
  pageMs: 80,
  requestsPerSecond: null,
  pageBytes: 4 * 1024 * 1024,
}

/** Bodies are made in pieces of about this size: large enough for few writes, small enough that a stalled reader holds little. */
export const chunkBytes = 64 * 1024

/** How long one answer may occupy the thread before the others get their turn. */
export const sliceMs = 8
