import { useSignal } from '@preact/signals'
import { go, linkWith, place } from '../shell/router.ts'
import { Icon } from './icon.tsx'

export interface FilterField {
  readonly name: string
  readonly label: string
  readonly example?: string
  /** Known values; absent: any text. */
  readonly options?: readonly (readonly [value: string, label: string])[]
}

const chosen = (name: string): string => place.value.query.get(name) ?? ''

function TextFilter({ field: { name, label, example } }: { field: FilterField }) {
  const typed = useSignal<string | null>(null)
  const take = () => {
    const text = typed.value?.trim()
    typed.value = null
    if (text !== undefined && text !== chosen(name)) go(linkWith({ [name]: text === '' ? null : text }))
  }
  return (
    <label class="filter">
      <span>{label}</span>
      <input
        type="search"
        value={typed.value ?? chosen(name)}
        placeholder={example}
        autocomplete="off"
        spellcheck={false}
        data-key="/"
        onInput={(event) => {
          typed.value = event.currentTarget.value
        }}
        // Not onChange: preact/compat, which virtua brings, makes that fire at each letter.
        onBlur={take}
        onKeyDown={(event) => event.key === 'Enter' && take()}
      />
    </label>
  )
}

const ChoiceFilter = ({ field: { name, label, options = [] } }: { field: FilterField }) => (
  <label class="filter">
    <span>{label}</span>
    <select value={chosen(name)} onChange={(event) => go(linkWith({ [name]: event.currentTarget.value || null }))}>
      <option value="">any</option>
      {options.some(([value]) => value === chosen(name)) || chosen(name) === '' ? null : (
        <option value={chosen(name)}>{chosen(name)}</option>
      )}
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  </label>
)

/** What narrows a list; the address keeps it. @param fields the first is always in sight, the others where one is chosen or asked for */
export function Filters({ fields, label }: { fields: readonly FilterField[]; label: string }) {
  const [first, ...others] = fields
  const some = others.filter(({ name }) => chosen(name) !== '').length
  const isOpen = useSignal(some > 0)
  const none = Object.fromEntries(fields.map(({ name }) => [name, null]))
  const view = (field: FilterField) => {
    const Kind = field.options === undefined ? TextFilter : ChoiceFilter
    return <Kind key={field.name} field={field} />
  }
  return (
    <search class="filters" aria-label={label}>
      {first === undefined ? null : view(first)}
      <button
        type="button"
        class="filters-toggle"
        data-key="f"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value
        }}
      >
        <Icon name="settings" />
        {some === 0 ? 'Filter' : `Filter (${some})`}
      </button>
      {isOpen.value ? others.map(view) : null}
      {some > 0 || (first !== undefined && chosen(first.name) !== '') ? (
        <a class="clear" href={linkWith(none)}>
          Clear
        </a>
      ) : null}
    </search>
  )
}

/** The chosen filters as a query of the API. */
export const chosenQuery = (names: readonly string[]): string => {
  const query = new URLSearchParams()
  for (const name of names) if (chosen(name) !== '') query.set(name, chosen(name))
  return query.toString()
}
