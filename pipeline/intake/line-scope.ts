import { hasTooMuchStructure } from '../../model/json-structure.ts'

const scopeField = /^\s*\{\s*"kind"\s*:\s*"[a-z.]+"\s*,\s*"scope"\s*:\s*"([^"\\]+)"/
/** Maximum characters up to the end of the scope in a record with our field order. */
const maxStart = 1400

/** The scope that a line names. `endsAt`: the scope is certain after this many bytes of the line; 0: after all of them. */
export function scopeOf(bytes: Buffer, start: number, end: number): { scope: string; endsAt: number } | null {
  const match = scopeField.exec(bytes.toString('utf8', start, Math.min(end, start + maxStart)))
  if (match?.[1] !== undefined) return { scope: match[1], endsAt: Buffer.byteLength(match[0]) }
  // Its partition refuses it too, and says why; this thread parses no such line.
  if (hasTooMuchStructure(bytes.subarray(start, end))) return null
  const line = bytes.toString('utf8', start, end).trim()
  // A parser that throws takes twenty times as long: a body may be millions of lines of anything.
  if (!line.startsWith('{') || !line.endsWith('}')) return null
  try {
    const record: unknown = JSON.parse(line)
    const scope = typeof record === 'object' && record !== null && 'scope' in record ? record.scope : null
    return typeof scope === 'string' ? { scope, endsAt: 0 } : null
  } catch (error) {
    // Its partition makes it a dead letter with the reason.
    if (error instanceof SyntaxError || error instanceof RangeError) return null
    throw error
  }
}
