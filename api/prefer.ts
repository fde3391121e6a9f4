/**
 * How long a client wants to wait at most, by RFC 7240's `Prefer: wait=SECONDS`.
 * @returns milliseconds; infinity where it doesn't say
 */
export function preferredMs({ headers }: Request): number {
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})/i.exec(headers.get('prefer') ?? '')?.[1]
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000
}
