/** What a route may ask of the connection that its request came on; each HTTP server fulfils it in its own way. */
export interface Connection {
  /** Seconds without traffic after which the connection is closed; 0 = never. */
  setIdleTimeout(seconds: number): void
  /** Where it comes from; null where that isn't known. */
  readonly address: string | null
  /** When what its caller may see ends, and streams with it; absent: it doesn't. */
  readonly expiresAtMs?: number | null
}

/** For requests that come on no connection: `app.fetch` called directly. */
export const noConnection: Connection = { setIdleTimeout: () => {}, address: null }
