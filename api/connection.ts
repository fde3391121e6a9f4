/** What a route may ask of the connection that its request came on; each HTTP server fulfils it in its own way. */
export interface Connection {
  /** Seconds without traffic after which the connection is closed; 0 = never. */
  setIdleTimeout(seconds: number): void
}

/** For requests that come on no connection: `app.fetch` called directly. */
export const noConnection: Connection = { setIdleTimeout: () => {} }
