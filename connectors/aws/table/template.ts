import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** What templates can name beside the item's own members. */
export interface Surroundings {
  readonly $account: string
  readonly $region: string
  readonly $partition: string
}

/** The value at a path of member names, `A.B`, and places in arrays, `A.-1`. With `/` or `:` at the end, what follows the last one in a text. */
export function valueAt(value: Json | undefined, path: string): Json | undefined {
  const end = path.at(-1)
  if (end === '/' || end === ':') {
    const text = valueAt(value, path.slice(0, -1))
    return typeof text === 'string' ? text.slice(text.lastIndexOf(end) + 1) : undefined
  }
  let at: Json | undefined = value
  for (const name of path.split('.')) {
    if (Array.isArray(at)) at = /^-?\d+$/.test(name) ? at.at(Number(name)) : undefined
    else if (at === undefined || !isObject(at) || !Object.hasOwn(at, name)) return undefined
    else at = at[name]
  }
  return at ?? undefined
}

const whole = /^\{([^{}]+)\}$/
const each = /\{([^{}]+)\}/g

/**
 * Fills the templates in a value: `{PATH}` in a text is the item's member, or one of its surroundings.
 * @throws Error for a member that is absent, or isn't a text or a number inside of a text
 */
export function fill(template: Json, item: JsonObject, around: Surroundings): Json {
  if (typeof template === 'string') return fillText(template, item, around)
  if (Array.isArray(template)) return template.map((one) => fill(one, item, around))
  if (!isObject(template)) return template
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fill(value, item, around)]))
}

function fillText(template: string, item: JsonObject, around: Surroundings): Json {
  const [, alone] = whole.exec(template) ?? []
  if (alone !== undefined) return member(alone, item, around)
  return template.replace(each, (_, path: string) => {
    const value = member(path, item, around)
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw new Error(`the member ${path} of an answer is no text`)
  })
}

function member(path: string, item: JsonObject, around: Surroundings): Json {
  const value = path in around ? around[path as keyof Surroundings] : valueAt(item, path)
  if (value === undefined) throw new Error(`an answer lacks the member ${path}`)
  return value
}

/** As {@link fill}, for what must be a text. */
export function fillAsText(template: string, item: JsonObject, around: Surroundings): string {
  const filled = fillText(template, item, around)
  if (typeof filled === 'number') return String(filled)
  if (typeof filled === 'string' && filled !== '') return filled
  throw new Error(`${template} of an answer is no text`)
}
