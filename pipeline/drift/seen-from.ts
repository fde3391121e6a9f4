import { type Filter, isWithin } from '../../model/filter.ts'
import { compareBytes } from '../../storage/reader/scope-rows.ts'
import type { After } from './drift-list.ts'

/**
 * A place in a list by state and address; of one whose state its asker may not see, the next one that says nothing of it, with nothing that he may see in between.
 * @returns null: he may see nothing behind it
 */
export function seenFrom(within: Filter['within'], place: After): After | null {
  if (within === undefined || isWithin(within, place.state)) return place
  const [next] = within
    .flatMap((prefix) => [prefix.slice(0, -1), prefix])
    .filter((start) => compareBytes(start, place.state) > 0)
    .sort(compareBytes)
  return next === undefined ? null : { state: next, address: '' }
}
