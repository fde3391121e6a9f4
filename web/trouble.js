import { Unreachable } from './api-client.js'
import { byId, element } from './element.js'

/** The page's scripts run: what the page says where they don't is taken away. */
export const started = () => byId('not-started').remove()

/** Shows why the page has nothing to show: what was tried, what happened, what to do. @param {unknown} error */
export function showTrouble(error) {
  const place = byId('trouble')
  const happened = error instanceof Error ? error.message : String(error)
  const lines =
    error instanceof Unreachable
      ? [
          element('p', {}, element('strong', {}, "This page can't reach vaino.")),
          element('p', {}, 'It asked ', element('code', {}, error.tried), `. ${happened}`),
          element('p', {}, error.advice),
        ]
      : [element('p', {}, happened)]
  // Written anew only where it is another: a screen reader reads out what is written.
  const text = lines.map((line) => line.textContent).join('')
  if (place.textContent !== text) place.replaceChildren(...lines)
  place.hidden = false
}

export function clearTrouble() {
  byId('trouble').hidden = true
}
