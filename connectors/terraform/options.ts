/** What a source of this kind can be configured with beside `where`. */
export interface TerraformOptions {
  /** Whether data sources are resources too. They are what terraform read, not what it made. */
  readonly dataSources: boolean
  /** For an address: for the answer to begin, and for each part of it to come. */
  readonly timeoutMs: number
}
