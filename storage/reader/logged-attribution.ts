import type { Cursor } from '../../model/cursor.ts'
import { type Filter, matches } from '../../model/filter.ts'
import { parseJson } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'
import type { Subject } from '../../model/rule-selector.ts'
import { type AttributionRow, type ChangeRow, keyOfRow } from '../change-row.ts'
import type { LoggedAttribution } from '../state-reader.ts'
import { iso, loggedChange, quoted } from './logged-change.ts'

/** An entry that says who made a change. @param changeOf reads the change; null where it is kept no more. Called where a filter or a rule asks */
export function loggedAttribution(row: AttributionRow, changeOf: () => ChangeRow | null): LoggedAttribution {
  const key = keyOfRow(row)
  const header = () => JSON.parse(row.header) as Resource
  // Read again each time: the documents of many changes are not to be kept for the sake of small entries.
  const change = () => {
    const found = changeOf()
    return found === null ? null : loggedChange(found)
  }
  const ownSubject = (): Subject => ({
    ...{ scopes: [row.scope], keys: [key], type: header().type, shape: 'update' },
    ...{ fields: () => [], tags: () => [], actor: () => parseJson(row.actor) },
  })
  return {
    partition: row.partition,
    offset: row.offset,
    op: 'a',
    key,
    scope: row.scope,
    recordedAtMs: row.recordedAtMs,
    scan: null,
    actor: row.actor,
    toJson: (cursor, rule = null) => attributionJson(row, cursor, rule),
    matches: (filter: Filter) => matches(filter, row.scope, header()) || (change()?.matches(filter) ?? false),
    touchesField: (path) => change()?.touchesField(path) ?? false,
    subject: () => change()?.subject() ?? ownSubject(),
  }
}

const attributionJson = (row: AttributionRow, cursor: Cursor, rule: string | null): string =>
  `{"id":"${row.partition}-${row.offset}","op":"a","key":${quoted(keyOfRow(row))},"version":${row.version},` +
  `"scope":${quoted(row.scope)},"resource":${row.header},"of":"${row.partition}-${row.of}",` +
  `"occurred_at":"${row.occurredAt}","actor":${row.actor},"event":${row.event},` +
  `${rule === null ? '' : `"rule":${quoted(rule)},`}"recorded_at":"${iso(row.recordedAtMs)}","cursor":"${cursor}"}`
