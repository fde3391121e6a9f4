const scopeField = /^\s*\{\s*"kind"\s*:\s*"[a-z.]+"\s*,\s*"scope"\s*:\s*"([^"\\]+)"/
/** A scope and what stands before it are shorter than this in a record laid out as ours. */
const maxStart = 1400

/** The scope that a line names; `endsAt`: how many bytes of the line decide it, 0 where all of them do. */
export function scopeOf(bytes: Buffer, start: number, end: number): { scope: string; endsAt: number } | null {
  const match = scopeField.exec(bytes.toString('utf8', start, Math.min(end, start + maxStart)))
  if (match?.[1] !== undefined) return { scope: match[1], endsAt: Buffer.byteLength(match[0]) }
  const line = bytes.toString('utf8', start, end).trim()
  // A parser that throws takes twenty times as long: a body may be millions of lines of anything.
  if (!line.startsWith('{') || !line.endsWith('}')) return null
  try {
    const record: unknown = JSON.parse(line)
    const scope = typeof record === 'object' && record !== null && 'scope' in record ? record.scope : null
    return typeof scope === 'string' ? { scope, endsAt: 0 } : null
  } catch (error) {
    // The partition that it is sent to says what is wrong with it.
    if (error instanceof SyntaxError || error instanceof RangeError) return null
    throw error
  }
}
