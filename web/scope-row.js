import { element } from './element.js'
import { ago, grouped } from './text.js'

/**
 * @typedef {string | { message: string }} ScanError
 * @typedef {{
 *   scope: string, status: 'fresh' | 'stale' | 'failing' | 'held' | 'events' | 'gone', last_attempt_at: string | null,
 *   last_complete_at: string | null, resources: number, errors: ScanError[], warnings: ScanError[],
 *   held: { deletes: number, of: number, keys: string[] } | null,
 * }} Scope
 */

/** @param {ScanError} error */
const messageOf = (error) => (typeof error === 'string' ? error : error.message)

/** A part of a scope stands percent-encoded where it holds a slash; people read it plain. */
const plain = (/** @type {string} */ part) => part.replace(/%2F/gi, '/').replaceAll('%25', '%')

/** Errors, warnings and keys that are shown of a scope. */
const maxShown = 5

/** @param {Scope} scope */
function remarks({ scope, errors, warnings, held }) {
  const lines = [...errors, ...warnings].slice(0, maxShown).map(messageOf)
  if (held !== null) {
    const keys = held.keys
      .slice(0, maxShown)
      .map((key) => key.slice(scope.length + 1))
      .join(', ')
    lines.unshift(
      `${held.deletes} of ${held.of} would be deleted; held until the next complete scan or a release: ${keys}${held.deletes > maxShown ? ', …' : ''}`,
    )
  }
  return lines.length === 0
    ? null
    : element('ul', { class: 'remarks' }, ...lines.map((line) => element('li', {}, line)))
}

/**
 * One scope as a row of the list.
 *
 * @param {Scope} scope
 * @param {number} nowMs
 */
export function scopeRow(scope, nowMs) {
  const [provider = '', account = '-', location = '-', collection = ''] = scope.scope.split('/')
  const where = [account, location].filter((part) => part !== '-').map(plain)
  return element(
    'li',
    { class: 'scope', 'data-status': scope.status },
    element(
      'div',
      { class: 'scope-head' },
      element(
        'span',
        { class: 'scope-title', title: scope.scope },
        element('span', { class: 'provider' }, `${provider} `),
        where.join(' · ') || plain(collection),
        where.length > 0 && collection !== 'state'
          ? element('span', { class: 'collection' }, ` ${plain(collection)}`)
          : null,
      ),
      element('span', { class: `status status-${scope.status}` }, scope.status),
    ),
    element(
      'p',
      { class: 'where' },
      `${grouped(scope.resources)} ${scope.resources === 1 ? 'resource' : 'resources'}, complete `,
      element(
        'time',
        scope.last_complete_at === null ? {} : { datetime: scope.last_complete_at, title: scope.last_complete_at },
        ago(scope.last_complete_at, nowMs),
      ),
    ),
    remarks(scope),
  )
}
