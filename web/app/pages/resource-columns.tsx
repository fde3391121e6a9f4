import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { keepChoice, readKept } from '../client/kept.ts'
import type { ResourcePage } from '../client/types.ts'
import { Cut } from '../parts/cut.tsx'
import { Icon } from '../parts/icon.tsx'
import { Ago } from '../parts/time.tsx'
import { grouped, scopeParts, scopeText } from '../parts/value.ts'

type Item = ResourcePage['resources'][number]

interface Column {
  readonly name: string
  readonly title: string
  readonly isNumber?: boolean
  /** It shows what only the whole document has. */
  readonly needsDocument?: boolean
  readonly view: (item: Item) => ComponentChildren
}

const tagsText = (item: Item): string =>
  Object.entries('tags' in item.resource ? (item.resource.tags ?? {}) : {})
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')

const columns: readonly Column[] = [
  { name: 'type', title: 'Type', view: ({ resource }) => <span class="type">{resource.type}</span> },
  {
    name: 'scope',
    title: 'Scope',
    view: ({ scope, resource }) => (
      <span class="soft">
        <Cut text={scopeText(scope, resource.type)} />
      </span>
    ),
  },
  { name: 'account', title: 'Account', view: ({ scope, resource }) => resource.account ?? scopeParts(scope).account },
  {
    name: 'location',
    title: 'Location',
    view: ({ resource: { region, namespace } }) => [region, namespace].filter((part) => part != null).join(' · '),
  },
  { name: 'id', title: 'Id', view: ({ resource }) => <Cut text={resource.id} /> },
  { name: 'tags', title: 'Tags', needsDocument: true, view: (item) => <Cut text={tagsText(item)} /> },
  { name: 'version', title: 'Version', isNumber: true, view: ({ version }) => grouped(version) },
  { name: 'first_seen', title: 'First seen', isNumber: true, view: ({ first_seen }) => <Ago time={first_seen} /> },
  { name: 'changed', title: 'Changed', isNumber: true, view: ({ changed_at }) => <Ago time={changed_at} /> },
]

const keptName = 'vaino-resource-columns'
const usual = 'type,scope,changed'
const named = signal(readKept(keptName) ?? usual)

/** The columns beside the name, as chosen in this browser. */
export const chosenColumns = (): readonly Column[] => {
  const names = named.value.split(',')
  return columns.filter(({ name }) => names.includes(name))
}

export function ColumnChoice() {
  const names = chosenColumns().map(({ name }) => name)
  const choose = (name: string, isShown: boolean) => {
    const chosen = columns.filter((one) => (one.name === name ? isShown : names.includes(one.name)))
    named.value = chosen.map((one) => one.name).join(',')
    keepChoice(keptName, named.value)
  }
  return (
    <details class="menu">
      <summary>
        <Icon name="columns" /> Columns
      </summary>
      <fieldset>
        <legend class="hidden-text">Columns</legend>
        {columns.map(({ name, title }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={names.includes(name)}
              onChange={(event) => choose(name, event.currentTarget.checked)}
            />
            {title}
          </label>
        ))}
      </fieldset>
    </details>
  )
}
