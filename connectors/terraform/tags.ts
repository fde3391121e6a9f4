import type { Json } from '../../model/resource.ts'
import { asObject, asText, type JsonObject, own } from './parse-bytes.ts'

/** Each: the attribute that holds what the thing really carries, the provider's defaults included, then what repeats parts of it. */
const tagFamilies = [
  ['tags_all', 'tags'],
  ['effective_labels', 'labels', 'resource_labels', 'user_labels', 'terraform_labels'],
] as const

/**
 * Moves the tags out of the attributes, so that one tag that changes is one field that changes: the maps of the families,
 * the labels in a Cloud SQL instance's settings, the lists of keys and values of `awscc`, and the values of the `tag` blocks
 * of AWS's autoscaling groups. Any other list of that name stays where it is.
 */
export function takeTags(attributes: JsonObject, type = ''): JsonObject {
  for (const family of tagFamilies) {
    const found = family.map((name) => asObject(own(attributes, name))).find((tags) => tags !== null)
    if (!found) continue
    for (const name of family) if (isMapOrNull(own(attributes, name))) delete attributes[name]
    return found
  }
  return (type.startsWith('awscc_') ? takeList(attributes) : null) ?? takeFromBlocks(attributes, type) ?? {}
}

const isMapOrNull = (value: Json | undefined): boolean => value === null || asObject(value) !== null

function takeList(attributes: JsonObject): JsonObject | null {
  const tags = tagsIn(own(attributes, 'tags'))
  if (tags === null || tags.others.some((rest) => Object.keys(rest).length > 1)) return null
  delete attributes.tags
  return tags.values
}

function takeFromBlocks(attributes: JsonObject, type: string): JsonObject | null {
  if (type === 'google_sql_database_instance') {
    const settings = own(attributes, 'settings')
    const [block] = Array.isArray(settings) ? settings.map(asObject) : []
    const labels = block ? asObject(own(block, 'user_labels')) : null
    if (block && labels) delete block.user_labels
    return labels
  }
  if (!type.startsWith('aws_autoscaling_group')) return null
  const tags = tagsIn(own(attributes, 'tag'))
  if (tags === null) return null
  // Whether a tag reaches new instances stays with its key; its value is among the tags.
  attributes.tag = tags.others
  return tags.values
}

/** The tags of a list of `key` and `value`, and its elements without their values; null where it is no such list, or a key stands twice. */
function tagsIn(list: Json | undefined): { values: JsonObject; others: JsonObject[] } | null {
  if (!Array.isArray(list)) return null
  const values = new Map<string, Json>()
  const others: JsonObject[] = []
  for (const element of list.map(asObject)) {
    const key = element ? asText(own(element, 'key')) : null
    const value = element ? own(element, 'value') : null
    if (element === null || key === null || typeof value !== 'string' || values.has(key)) return null
    values.set(key, value)
    const { value: _value, ...rest } = element
    others.push(rest)
  }
  return { values: Object.fromEntries(values), others }
}
