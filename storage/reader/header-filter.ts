import type { EntryOp } from '../../model/change.ts'
import { type Filter, matches } from '../../model/filter.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'

/** The part of a filter that a header answers. */
const ofHeader = ({ tags: _tags, q: _q, ...filter }: Filter): Filter => filter

/**
 * Whether neither document of a change can pass a filter, by its header, which is a fifth of the cost of parsing them. The header is that of
 * the document after, or before a delete: only an update has two, and only where what a header holds has changed are they of two headers.
 */
export const failsByHeader = (
  filter: Filter,
  { scope, op, header, hasOtherHeader }: { scope: Scope; op: EntryOp; header: string; hasOtherHeader: () => boolean },
): boolean =>
  op !== 'a' && !matches(ofHeader(filter), scope, JSON.parse(header) as Resource) && !(op === 'u' && hasOtherHeader())

const headerFields = ['provider', 'account', 'region', 'namespace', 'type', 'name']

/** The same of a change's `fields`, in SQL. */
export const otherHeader = headerFields.map((name) => `instr(fields, '"path":"${name}"') > 0`).join(' OR ')

/** Whether a header's field is among those that changed. @param fields as JSON text */
export const changesHeader = (fields: string): boolean =>
  headerFields.some((name) => fields.includes(`"path":"${name}"`))
