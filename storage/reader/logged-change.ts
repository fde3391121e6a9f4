import type { Change, FieldChange } from '../../model/change.ts'
import type { Cursor } from '../../model/cursor.ts'
import { holdsPath } from '../../model/field-lookup.ts'
import { type Filter, isEmptyFilter, matches, scopeMayMatch } from '../../model/filter.ts'
import { parseJson } from '../../model/json.ts'
import type { Resource, ResourceHeader } from '../../model/resource.ts'
import { type Subject, shapeOfOp } from '../../model/rule-selector.ts'
import { type ChangeRow, keyOfRow } from '../change-row.ts'
import type { LoggedChange } from '../state-reader.ts'
import { changesHeader, failsByHeader } from './header-filter.ts'

export const iso = (ms: number): string => new Date(ms).toISOString()

export const parseResource = (document: string): Resource => parseJson(document) as unknown as Resource

/** A row of the change log as its readers see it: JSON text by concatenation, parsed only where a filter asks. */
export function loggedChange(row: ChangeRow): LoggedChange {
  const key = keyOfRow(row)
  let parsedSides: readonly Resource[] | null = null
  const sides = (): readonly Resource[] => {
    parsedSides ??= [row.after, row.before].flatMap((document) => (document === null ? [] : [parseResource(document)]))
    return parsedSides
  }
  let parsedFields: FieldChange[] | null = null
  const fields = (): FieldChange[] => {
    parsedFields ??= parseJson(row.fields) as unknown as FieldChange[]
    return parsedFields
  }
  let subject: Subject | null = null
  return {
    partition: row.partition,
    offset: row.offset,
    op: row.op,
    key,
    scope: row.scope,
    recordedAtMs: row.recordedAtMs,
    scan: row.scan,
    actor: row.actor,
    toJson: (cursor, rule = null, documents = true) => changeJson(row, cursor, rule, documents),
    toChange: (cursor) => parseJson(changeJson(row, cursor, null, true)) as unknown as Change,
    matches: (filter: Filter) => {
      if (isEmptyFilter(filter)) return true
      if (!scopeMayMatch(filter, row.scope)) return false
      if (failsByHeader(filter, { ...row, hasOtherHeader: () => changesHeader(row.fields) })) return false
      return sides().some((resource) => matches(filter, row.scope, resource))
    },
    touchesField: (path) => fields().some((field) => touches(field, path)),
    // Documents are kept as `JSON.stringify` writes them: without white space, and without escapes in plain names.
    mayHaveMember: (name) => [row.before, row.after].some((document) => document?.includes(`"${name}":`)),
    subject() {
      subject ??= {
        scopes: [row.scope],
        keys: [key],
        type: (JSON.parse(row.header) as ResourceHeader).type,
        shape: shapeOfOp(row.op),
        fields,
        tags: () => sides().map(({ tags }) => tags ?? {}),
        actor: () => (row.actor === null ? null : parseJson(row.actor)),
      }
      return subject
    },
  }
}

/** Whether a field is the one asked for or lies below it: `configuration.ingress` covers `configuration.ingress[0].cidr`. */
const isAtOrBelow = (field: string, path: string): boolean =>
  field === path || (field.startsWith(path) && /^[.[]/.test(field.slice(path.length)))

/** A field that came, went or was replaced with all that it holds also touches what lies in it, there before or after. */
const touches = ({ path: changed, before, after }: FieldChange, path: string): boolean => {
  if (isAtOrBelow(changed, path)) return true
  if (!isAtOrBelow(path, changed)) return false
  const below = path.slice(changed.length)
  return holdsPath(before, below) || holdsPath(after, below)
}

export const quoted = (value: string | null): string => (value === null ? 'null' : JSON.stringify(value))

function changeJson(row: ChangeRow, cursor: Cursor, rule: string | null, documents: boolean): string {
  const both = documents ? `"before":${row.before ?? 'null'},"after":${row.after ?? 'null'},` : ''
  return (
    `{"id":"${row.partition}-${row.offset}","op":"${row.op}","key":${quoted(keyOfRow(row))},"version":${row.version},` +
    `"scope":${quoted(row.scope)},"scan":${quoted(row.scan)},"resource":${row.header},` +
    `"recorded_at":"${iso(row.recordedAtMs)}","observed_at":"${iso(row.observedAtMs)}",` +
    `"occurred_at":${quoted(row.occurredAt)},"actor":${row.actor ?? 'null'},"reason":${quoted(row.reason)},` +
    `"fields":${row.fields},${rule === null ? '' : `"rule":${quoted(rule)},`}${both}"cursor":"${cursor}"}`
  )
}
