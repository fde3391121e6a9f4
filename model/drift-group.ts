/** An instance key: `[0]`, `["a.b"]`. */
const instanceKey = /\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g

/**
 * What an instance belongs to where one block of configuration made several: its address without the instance keys of `count` and
 * `for_each`, those of its modules too. Null where the address has none.
 */
export function groupOf(address: string): string | null {
  const group = address.replaceAll(instanceKey, '')
  return group === address ? null : group
}
