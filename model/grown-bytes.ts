/** The same bytes, or the first `used` of them in a larger array: at least twice as large, so that growing stays cheap. */
export function grownTo(needed: number, bytes: Uint8Array<ArrayBuffer>, used: number): Uint8Array<ArrayBuffer> {
  if (needed <= bytes.length) return bytes
  const larger = new Uint8Array(Math.max(needed, 2 * bytes.length))
  larger.set(bytes.subarray(0, used))
  return larger
}
