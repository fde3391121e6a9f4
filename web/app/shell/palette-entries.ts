import type { Facets, ResourcePage } from '../client/types.ts'
import type { IconName } from '../parts/icon.tsx'
import { momentOf } from '../parts/time-text.ts'
import { nameOf, scopeText } from '../parts/value.ts'
import { momentText } from './clock.ts'
import type { PageName } from './frame.tsx'
import { linkTo, linkWith } from './router.ts'

/** A place that the palette leads to. */
export interface Entry {
  readonly id: string
  readonly icon: IconName
  readonly label: string
  /** What tells it from others of the same name. */
  readonly detail: string
  readonly address: string
}

/** Whether each word of a text begins somewhere in another. */
const isIn = (text: string, found: string): boolean => {
  const all = found.toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}

export const pageEntries = (text: string, pages: readonly PageName[]): Entry[] =>
  pages
    .filter(({ title }) => isIn(text, title))
    .map(({ page, title, icon, key }) => ({
      ...{ id: `page-${page}`, icon, label: title, detail: `g ${key}`, address: linkTo(page) },
    }))

export function timeEntries(text: string, nowMs: number): Entry[] {
  const ms = momentOf(text, nowMs)
  if (ms === null) return []
  const at = new Date(ms).toISOString()
  return [
    {
      id: 'time-at',
      icon: 'clock',
      label: `Everything as of ${momentText(ms)}`,
      detail: text,
      address: linkWith({ at }),
    },
    {
      id: 'time-changes',
      icon: 'changes',
      label: `Changes up to ${momentText(ms)}`,
      detail: text,
      address: linkTo('changes', { at }),
    },
    {
      id: 'time-compare',
      icon: 'compare',
      label: `What differs since ${momentText(ms)}`,
      detail: text,
      address: linkTo('compare', { from: at, at: null }),
    },
  ]
}

const maxScopes = 5

export const scopeEntries = (text: string, scopes: Facets | null): Entry[] =>
  text === ''
    ? []
    : (scopes?.facets.scope ?? [])
        .flatMap(([scope, count]) => (scope === null ? [] : [{ scope, count }]))
        .filter(({ scope }) => isIn(text, `${scope} ${scopeText(scope)}`))
        .slice(0, maxScopes)
        .map(({ scope, count }) => ({
          ...{ id: `scope-${scope}`, icon: 'scopes', label: scopeText(scope), detail: `${count}` },
          address: linkTo('resources', { scope }),
        }))

export const resourceEntries = (found: ResourcePage | null): Entry[] =>
  (found?.resources ?? []).map(({ key, scope, resource }) => ({
    ...{ id: `resource-${key}`, icon: 'resources', label: nameOf(scope, resource) },
    ...{ detail: `${resource.type} · ${scopeText(scope, resource.type)}`, address: linkTo('resource', { key }) },
  }))
