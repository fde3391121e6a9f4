/** `https://sqs.REGION.amazonaws.com/…`; null for an address of another form, such as a VPC endpoint with a name of its own. */
export const regionOfQueue = (url: string): string | null =>
  /^sqs\.([a-z0-9-]+)\./.exec(new URL(url).hostname)?.[1] ?? null

/** The account in a queue's URL; null where its path has none. */
export const accountOfQueue = (url: string): string | null => /^\/(\d{12})\//.exec(new URL(url).pathname)?.[1] ?? null
