/**
 * The last offset recorded at or before a time: times never go back from one offset to the next. It looks near the head
 * first and in steps that double, so a time that lies close to the head is found in a few looks; who asks for one time
 * after another, each earlier, passes the last answer as the head.
 * @param recordedAt when a change was recorded; null where it is no longer kept, which is at or below the floor only
 * @param floor the answer where everything kept is later
 */
export function offsetAt(
  recordedAt: (offset: number) => number | null,
  floor: number,
  head: number,
  timeMs: number,
): number {
  // Retention may have passed a floor that was read a moment ago: what it dropped was earlier than what it kept.
  const isLater = (offset: number): boolean => (recordedAt(offset) ?? Number.NEGATIVE_INFINITY) > timeMs
  let low = head
  let high = head
  for (let step = 1; low > floor && isLater(low); step *= 2) {
    high = low - 1
    low = Math.max(floor, low - step)
  }
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (isLater(middle)) high = middle - 1
    else low = middle
  }
  return low
}
