import type { Rules, Severity } from '../../model/rules.ts'
import { judgeDrift } from '../../model/rules-drift.ts'
import { keyOf, splitKey } from '../../model/scope.ts'
import type { DriftItem } from './drift-item.ts'

/** An item as the rules that hold now see it. */
export interface JudgedItem extends DriftItem {
  /** Null where it is in sync. */
  readonly severity: Severity | null
  readonly owner: string | null
  /** The rule that ignores all of it; null: it counts. */
  readonly rule: string | null
}

/**
 * Applies the rules to an item. They are applied when it is read, so a rule that comes or goes changes no log.
 * @param keepsIgnored whether fields that a rule ignores stay: else they are left out, and the whole item is marked where none is left
 */
export function judgedItem(item: DriftItem, rules: Rules, nowMs: number, keepsIgnored = false): JudgedItem {
  const { status } = item
  if (status === 'in_sync') return { ...item, severity: null, owner: null, rule: null }
  const scopes = [item.state, splitKey(item.key)?.scope ?? item.state]
  const judged = judgeDrift(
    rules,
    {
      scopes,
      keys: [...scopes.map((scope) => keyOf(scope, item.address)), item.key],
      type: item.type,
      id: item.resource_id,
      status,
      fields: item.fields,
      tags: item.tags,
      actor: item.actor,
      replaced: item.replaced,
    },
    nowMs,
  )
  const { rule, severity, owner } = judged
  const fields = keepsIgnored || rule !== null ? item.fields : item.fields.filter((_, at) => judged.fields[at] === null)
  return { ...item, fields, severity, owner, rule }
}
