import { Unreachable } from '../app/client/client.ts'
import { byId, element } from './element.ts'

/** The page's scripts run: what the page says where they don't is taken away. */
export const started = (): void => byId('not-started').remove()

/** Shows why the page has nothing to show: what was tried, what happened, what to do. */
export function showTrouble(error: unknown): void {
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
