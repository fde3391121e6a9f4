import { useSignal } from '@preact/signals'
import { type Choices, go, linkWith, place } from '../shell/router.ts'
import { Icon } from './icon.tsx'

export interface FilterField {
  /** A parameter of the API; `tag.` stands for all that begin so. */
  readonly name: string
  readonly label: string
  readonly example?: string
  /** Known values; absent: any text. */
  readonly options?: readonly (readonly [value: string, label: string])[]
}

const tagPrefix = 'tag.'

/** Parameters that a name stands for, with their values. */
const chosenOf = (name: string): readonly (readonly [name: string, value: string])[] =>
  [...place.value.query].filter(
    ([one, value]) => value !== '' && (name === tagPrefix ? one.startsWith(name) : one === name),
  )

/** What a field shows: its value, or `team=web, env=prod`. */
const chosen = (name: string): string =>
  name === tagPrefix
    ? chosenOf(name)
        .map(([tag, value]) => `${tag.slice(tagPrefix.length)}=${value}`)
        .join(', ')
    : (place.value.query.get(name) ?? '')

/** What a text in a field chooses; null takes a choice away. */
function choicesOf(name: string, text: string): Choices {
  if (name !== tagPrefix) return { [name]: text === '' ? null : text }
  const before = chosenOf(name).map(([tag]) => [tag, null] as const)
  // A comma may stand in a value: only one before a next NAME= ends it.
  const tags = text.split(/,\s*(?=[^,=]+=)/).flatMap((tag) => {
    const at = tag.indexOf('=')
    return at < 1 ? [] : [[`${tagPrefix}${tag.slice(0, at).trim()}`, tag.slice(at + 1).trim()] as const]
  })
  return Object.fromEntries([...before, ...tags])
}

function TextFilter({ field: { name, label, example } }: { field: FilterField }) {
  const typed = useSignal<string | null>(null)
  const take = () => {
    const text = typed.value?.trim()
    typed.value = null
    if (text !== undefined && text !== chosen(name)) go(linkWith(choicesOf(name, text)))
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

/**
 * What narrows a list; the address keeps it.
 * @param fields the first is always in sight, the others where one is chosen or asked for
 * @param clears further choices that "Clear" takes away
 */
export function Filters({
  fields,
  clears = [],
  label,
}: {
  fields: readonly FilterField[]
  clears?: readonly string[]
  label: string
}) {
  const [first, ...others] = fields
  const some = others.filter(({ name }) => chosen(name) !== '').length
  const isOpen = useSignal(some > 0)
  const all = [...fields.map(({ name }) => name), ...clears]
  const none = Object.fromEntries(all.flatMap((name) => chosenOf(name).map(([one]) => [one, null])))
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
      {Object.keys(none).length > 0 ? (
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
  for (const name of names) for (const [one, value] of chosenOf(name)) query.set(one, value)
  return query.toString()
}
