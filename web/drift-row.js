import { fieldRow } from './change-row.js'
import { element } from './element.js'
import { ago } from './text.js'

/**
 * @typedef {{
 *   id: string, status: string, tier: string | null, severity: string | null, type: string, address: string, state: string, key: string,
 *   since: string | null, fields: { path: string, before: unknown, after: unknown }[], omitted: number, replaced: boolean,
 *   reason: string | null, owner: string | null,
 * }} DriftItem
 */

/** Fields that are shown at once; the rest opens on demand. */
const firstFields = 4

const tiers = { since_apply: 'since the state last moved', state: 'differs from the state' }

/** @param {DriftItem} item */
function whatIsKnown({ status, tier, reason, replaced }) {
  if (status === 'unknown') return `Not known: ${(reason ?? 'not read').replaceAll('_', ' ')}.`
  if (status === 'missing') return 'Terraform would create it anew.'
  const how = tiers[/** @type {keyof typeof tiers} */ (tier)] ?? ''
  return replaced ? `Another one stands in its place; ${how}.` : `${how.charAt(0).toUpperCase()}${how.slice(1)}.`
}

/** @param {DriftItem['fields'][number]} field */
const driftField = ({ path, before, after }) =>
  fieldRow({ path, before, after, op: before === null ? 'add' : after === null ? 'remove' : 'replace' })

/**
 * One instance that differs from its state as a row of the list.
 *
 * @param {DriftItem} item
 * @param {number} nowMs
 */
export function driftRow(item, nowMs) {
  const { id, status, severity, type, address, state, since, fields, omitted, owner } = item
  const rest = fields.slice(firstFields)
  return element(
    'li',
    { class: 'change', id: `drift-${id}` },
    element(
      'div',
      { class: 'change-head' },
      element(
        'span',
        { class: `op drift-${severity ?? 'low'}` },
        status === 'unknown' ? 'not known' : `${status}, ${severity ?? ''}`,
      ),
      element('span', { class: 'type' }, type),
      element('strong', { class: 'name' }, address),
      since === null ? null : element('time', { datetime: since, title: since }, ago(since, nowMs)),
    ),
    element('ul', { class: 'fields' }, ...fields.slice(0, firstFields).map(driftField)),
    rest.length === 0
      ? null
      : element(
          'details',
          {},
          element('summary', {}, `${rest.length + omitted} more fields`),
          element('ul', { class: 'fields' }, ...rest.map(driftField)),
        ),
    element(
      'p',
      { class: 'where' },
      `${whatIsKnown(item)} `,
      element('a', { href: `#drift-${id}` }, 'link'),
      ' · ',
      element('a', { href: `v1/resources/${encodeURIComponent(item.key)}/history` }, 'history'),
      ' · ',
      element('span', { class: 'scope-name' }, state),
      owner === null ? null : ` · ${owner}`,
    ),
  )
}
