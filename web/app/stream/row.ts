import type { Change } from '../client/types.ts'
import { actorText } from '../parts/actor.ts'
import { nameOf, valueText } from '../parts/value.ts'
import type { Row } from './messages.ts'

const fieldsOfRow = 3
/** Characters of a value in a row. */
const maxValue = 120

/** A change without what a line doesn't show. */
export function rowOf(change: Change): Row {
  const { id, key, version, scope, scan, resource, recorded_at: at, actor, reason, fields, rule } = change
  return {
    ...{ id, key, version, scope, scan, at, reason },
    op: change.op as Row['op'],
    provider: resource.provider,
    type: resource.type,
    name: nameOf(scope, resource),
    actor: actorText(actor),
    rule: rule ?? null,
    fields: fields.slice(0, fieldsOfRow).map(({ path, op, before, after }) => ({
      ...{ path, op },
      before: valueText(before, maxValue),
      after: valueText(after, maxValue),
    })),
    more: Math.max(0, fields.length - fieldsOfRow),
  }
}
