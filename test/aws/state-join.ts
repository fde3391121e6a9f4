import type { Row } from '../../connectors/aws/table/row.ts'
import { rowOf } from '../../connectors/aws/table/table.ts'
import { fillAsText } from '../../connectors/aws/table/template.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'

/** An instance in a state, as far as joining needs. */
export interface StateInstance {
  readonly type: string
  readonly address: string
  readonly attributes: JsonObject
}

const around = { $account: '', $region: '', $partition: '' }

/** The id under which the table has what a state's attributes are of. */
export function collectedId({ idInState = '{id}' }: Row, attributes: JsonObject): string {
  return typeof idInState === 'function' ? idInState(attributes) : fillAsText(idInState, attributes, around)
}

/** Both sides, joined by type and id: what only a state has, of types that are read, and what only AWS has and nobody's default is. */
export function joined(instances: readonly StateInstance[], resources: readonly Resource[]) {
  const keyOf = (type: string, id: string): string => `${type} ${id}`
  const collected = new Set(resources.map(({ type, id }) => keyOf(type, id)))
  const managed = new Map<string, string>()
  const uncovered = new Set<string>()
  for (const { type, address, attributes } of instances) {
    const row = rowOf(type)
    if (row === undefined) uncovered.add(type)
    else managed.set(keyOf(type, collectedId(row, attributes)), address)
  }
  const defaults = new Set(
    resources.filter(({ metadata }) => metadata?.ambient !== undefined).map(({ type, id }) => keyOf(type, id)),
  )
  /** A block of something that is managed, or a part of something that AWS made. */
  const isWithin = ({ type, configuration, metadata }: Resource): boolean => {
    const within = rowOf(type)?.within
    if (within === undefined) return false
    const key = keyOf(within.type, fillAsText(within.id, { ...metadata, ...configuration }, around))
    return managed.has(key) || defaults.has(key)
  }
  return {
    found: [...managed].filter(([key]) => collected.has(key)).map(([, address]) => address),
    missing: [...managed].filter(([key]) => !collected.has(key)).map(([key, address]) => `${address} (${key})`),
    extra: resources
      .filter(({ metadata }) => metadata?.ambient === undefined)
      .filter(({ type, id }) => !managed.has(keyOf(type, id)))
      .filter((resource) => !isWithin(resource))
      .map(({ type, id }) => keyOf(type, id)),
    uncovered: [...uncovered].sort(),
  }
}
