import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** The members in which one API or another names the places that an answer lacks. */
const lists = [
  'unreachable',
  'unreachables',
  'unreachableLocations',
  'failedLocation',
  'failedLocations',
  'missingZones',
]

/** That a page is empty is no fault; that something is deprecated neither. */
const harmless = new Set([
  'NO_RESULTS_ON_PAGE',
  'DEPRECATED_RESOURCE_USED',
  'DEPRECATED_TYPE_USED',
  'EXPERIMENTAL_TYPE_USED',
])

/**
 * The places whose things an answer lacks though it claims success, in each of the forms in which Google's APIs say it.
 * @param isAggregated its things stand in `items` by their place
 */
export function missingPlaces(answer: JsonObject, isAggregated: boolean): readonly string[] {
  const named = lists.flatMap((member) => textsIn(answer[member]))
  // Cloud SQL's form is a list of warnings with a region each, Compute Engine's one warning.
  const warned = [...objectsOf(answer.warnings), ...objectsOf(answer.warning)].flatMap((warning) =>
    placeOf(warning, String(warning.region ?? 'an unnamed place')),
  )
  const places = isAggregated && isObject(answer.items ?? null) ? Object.entries(answer.items as JsonObject) : []
  const silent = places.flatMap(([place, held]) =>
    isObject(held) ? objectsOf(held.warning).flatMap((warning) => placeOf(warning, place)) : [],
  )
  return [...new Set([...named, ...warned, ...silent])]
}

const placeOf = ({ code }: JsonObject, place: string): string[] => (harmless.has(String(code)) ? [] : [place])

const textsIn = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))) : []

const objectsOf = (value: Json | undefined): JsonObject[] => {
  if (Array.isArray(value)) return value.filter(isObject)
  return value !== undefined && isObject(value) ? [value] : []
}
