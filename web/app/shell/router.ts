import { signal } from '@preact/signals'
import { base } from '../client/client.ts'

/** Where somebody is: a page, one segment deep, and all that is chosen on it. */
export interface Place {
  readonly page: string
  readonly query: URLSearchParams
}

const here = (): Place => ({
  page: decodeURIComponent(location.pathname.slice(new URL(`${base}/`).pathname.length)),
  query: new URLSearchParams(location.search),
})

export const place = signal<Place>(here())

export type Choices = Readonly<Record<string, string | null>>

const addressOf = (page: string, query: URLSearchParams): string => {
  const text = query.toString()
  return `${page === '' ? './' : page}${text === '' ? '' : `?${text}`}`
}

/** A link to a page; the moment that is looked at goes along. */
export function linkTo(page: string, choices: Choices = {}): string {
  const at = place.value.query.get('at')
  const chosen = Object.entries({ ...(at === null ? {} : { at }), ...choices }).filter(([, value]) => value !== null)
  return addressOf(page, new URLSearchParams(chosen as [string, string][]))
}

/** A link to the same page with other choices; null takes one away. What belonged to the former choices (a page of a list, a row that is open) goes. */
export function linkWith(choices: Choices, { keepsRows = false } = {}): string {
  const query = new URLSearchParams(place.value.query)
  if (!keepsRows) for (const name of ['page', 'open', 'change']) query.delete(name)
  for (const [name, value] of Object.entries(choices)) value === null ? query.delete(name) : query.set(name, value)
  return addressOf(place.value.page, query)
}

export function go(address: string, { replaces = false } = {}): void {
  history[replaces ? 'replaceState' : 'pushState'](null, '', address)
  const before = place.peek().page
  place.value = here()
  if (before !== place.peek().page) scrollTo(0, 0)
}

/** Takes over the links to our own pages. @param pages their names */
export function startRouter(pages: ReadonlySet<string>): void {
  addEventListener('popstate', () => {
    place.value = here()
  })
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null
    if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin || link.hash !== '') return
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const [, page] = /^([^/]*)$/.exec(link.href.slice(base.length + 1).split('?')[0] ?? '') ?? []
    if (page === undefined || !pages.has(page) || link.target !== '') return
    event.preventDefault()
    go(link.href)
  })
}
