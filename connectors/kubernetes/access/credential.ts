/** What one request shows of who makes it. Never in a text. */
export interface Credential {
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly certificate: { readonly cert: string; readonly key: string } | null
}

/** Who a client is. */
export interface Credentials {
  /** @throws VainoError `source_failed` where they can't be had */
  current(signal: AbortSignal): Promise<Credential>
  /** The server has refused them: what is kept is forgotten. */
  refused(): void
}
