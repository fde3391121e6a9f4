import { parseJson } from './json.ts'
import type { Json } from './resource.ts'

/** Whether a text stands in one of the texts that say who made a change, capitals or not. @param actor as JSON text; null: nobody said */
export function isMadeBy(actor: string | null, text: string): boolean {
  return actor !== null && holdsText(parseJson(actor), text.toLowerCase())
}

const holdsText = (value: Json, wanted: string): boolean => {
  if (typeof value === 'string') return value.toLowerCase().includes(wanted)
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((inner) => holdsText(inner as Json, wanted))
  )
}
