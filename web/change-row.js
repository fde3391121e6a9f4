import { element } from './element.js'
import { ago, shown } from './text.js'

/**
 * @typedef {{ path: string, op: 'add' | 'remove' | 'replace', before: unknown, after: unknown }} FieldChange
 * @typedef {{
 *   id: string, op: 'r' | 'c' | 'u' | 'd' | 'a', key: string, version: number, scope: string, recorded_at: string,
 *   reason?: string | null, actor: unknown, fields?: FieldChange[],
 *   resource: { type: string, id: string, name: string | null, account: string | null, region: string | null, namespace: string | null },
 * }} Change
 */

const opNames = { r: 'first seen', c: 'created', u: 'changed', d: 'deleted', a: 'attributed' }
const reasons = {
  scan: 'a complete scan did not find it any more',
  source: 'its source said so',
  forgotten: 'an operator has forgotten its scope',
  replaced: 'it was created anew under the same key',
}

/** Fields that are shown at once; the rest opens on demand. */
const firstFields = 6

/** @param {FieldChange} field */
export const fieldRow = ({ path, op, before, after }) =>
  element(
    'li',
    { class: 'field-change' },
    element('span', { class: 'path' }, path),
    element(
      'span',
      { class: 'values' },
      op === 'add' ? null : element('del', {}, shown(before)),
      op === 'replace' ? element('span', { class: 'arrow', 'aria-label': 'became' }, '→') : null,
      op === 'remove' ? null : element('ins', {}, shown(after)),
    ),
  )

/** @param {Change} change */
function whatHappened({ op, reason = null, fields = [] }) {
  if (op === 'd') {
    const because = reason === null ? null : (reasons[/** @type {keyof typeof reasons} */ (reason)] ?? reason)
    return because === null ? [] : [element('p', { class: 'because' }, `Gone: ${because}.`)]
  }
  if (fields.length === 0) return []
  const rest = fields.slice(firstFields)
  return [
    element('ul', { class: 'fields' }, ...fields.slice(0, firstFields).map(fieldRow)),
    rest.length === 0
      ? null
      : element(
          'details',
          {},
          element('summary', {}, `${rest.length} more fields`),
          element('ul', { class: 'fields' }, ...rest.map(fieldRow)),
        ),
  ]
}

/**
 * One change as a row of the list.
 *
 * @param {Change} change
 * @param {number} nowMs
 */
export function changeRow(change, nowMs) {
  const { op, key, version, scope, resource, recorded_at, actor } = change
  return element(
    'li',
    { class: 'change', 'data-op': op },
    element(
      'div',
      { class: 'change-head' },
      element('span', { class: `op op-${op}` }, opNames[op] ?? op),
      element('span', { class: 'type' }, resource.type),
      element('strong', { class: 'name' }, resource.name ?? resource.id),
      element('time', { datetime: recorded_at, title: recorded_at }, ago(recorded_at, nowMs)),
    ),
    ...whatHappened(change),
    element(
      'p',
      { class: 'where' },
      element(
        'a',
        { href: `v1/resources/${encodeURIComponent(key)}/history`, title: 'Its history, as JSON' },
        `version ${version}`,
      ),
      ` of ${key.slice(scope.length + 1)} in `,
      element('span', { class: 'scope-name' }, scope),
      actor === null || actor === undefined ? null : ` by ${typeof actor === 'string' ? actor : shown(actor)}`,
    ),
  )
}
