import { getJson, Refusal } from './api-client.js'
import { driftRow } from './drift-row.js'
import { byId, element } from './element.js'
import { grouped } from './text.js'

/**
 * @typedef {{ managed: number, in_sync: number, changed: number, missing: number, unknown: number, not_covered: number }} Coverage
 * @typedef {{ drift: import('./drift-row.js').DriftItem[], coverage: Coverage, page: string | null }} DriftPage
 */

const maxRows = 100

/** What the list can be narrowed to: links, so that a choice has an address and the keyboard reaches it. */
const choices = [
  ['all', ''],
  ['critical', 'severity=critical'],
  ['high', 'severity=high'],
  ['medium', 'severity=medium'],
  ['low', 'severity=low'],
  ['missing', 'status=missing'],
  ['not known', 'status=unknown'],
]

/** @param {string} search of the page's address */
const chosenIn = (search) => {
  const asked = new URLSearchParams(search)
  return (
    choices.find(([, query]) => {
      const [name, value] = (query ?? '').split('=')
      return name !== '' && asked.get(name ?? '') === value
    })?.[1] ?? ''
  )
}

/** @param {Coverage} coverage */
const inWords = ({ managed, in_sync, changed, missing, unknown, not_covered }) =>
  [
    `${grouped(in_sync)} of ${grouped(managed)} as Terraform has them`,
    `${grouped(changed)} changed`,
    `${grouped(missing)} missing`,
    `${grouped(unknown)} not known${not_covered === 0 ? '' : `, of which ${grouped(not_covered)} in states that are not read live`}`,
  ].join(' · ')

/** Shows the list where a state is read live, and nothing where none is. */
async function showDrift() {
  const chosen = chosenIn(location.search)
  /** @type {DriftPage} */
  const { drift, coverage, page } = await getJson(`v1/drift?limit=${maxRows}${chosen === '' ? '' : `&${chosen}`}`)
  const section = byId('drift')
  const wasHidden = section.hidden
  section.hidden = coverage.managed === coverage.not_covered
  if (section.hidden) return
  const nowMs = Date.now()
  byId('drift-coverage').textContent = inWords(coverage)
  byId('drift-choices').replaceChildren(
    ...choices.map(([name = '', query = '']) =>
      element(
        'a',
        { href: `./${query === '' ? '' : `?${query}`}#drift`, 'aria-current': query === chosen ? 'true' : null },
        name,
      ),
    ),
  )
  const rows = drift.map((item) => driftRow(item, nowMs))
  if (page !== null) rows.push(element('li', { class: 'empty' }, 'And more, at /v1/drift'))
  keepingPlace(byId('drift-items'), rows)
  byId('no-drift').hidden = drift.length > 0
  if (wasHidden && location.hash.startsWith('#drift')) document.getElementById(location.hash.slice(1))?.scrollIntoView()
}

/** What is open and where the keyboard is stay as they are when nothing has changed. @param {HTMLElement} list @param {HTMLElement[]} rows */
function keepingPlace(list, rows) {
  const isSame =
    list.children.length === rows.length && rows.every((row, at) => list.children[at]?.textContent === row.textContent)
  if (!isSame) list.replaceChildren(...rows)
}

/** @param {number} everyMs */
export async function keepShowingDrift(everyMs) {
  for (;;) {
    if (!document.hidden) {
      try {
        await showDrift()
      } catch (error) {
        // An earlier vaino has no such route; a token without the right is asked for by the stream.
        if (error instanceof Refusal && [401, 403, 404].includes(error.status)) return
      }
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
