import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useAnswer } from '../client/answer.ts'
import type { Facets, ResourcePage } from '../client/types.ts'
import { Icon } from '../parts/icon.tsx'
import { counted } from '../parts/value.ts'
import type { PageName } from './frame.tsx'
import { type Entry, pageEntries, resourceEntries, scopeEntries, timeEntries } from './palette-entries.ts'
import { go, place } from './router.ts'

/** The server is asked when nobody has typed for this long. */
const restMs = 120
const maxResources = 8
/** Scopes that are looked through; the page of resources finds the others. */
const maxScopes = 1000

const idOf = (at: number): string => `palette-${at}`

function Option({ entry, at, isChosen, take }: { entry: Entry; at: number; isChosen: boolean; take: () => void }) {
  const option = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isChosen) option.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  return (
    // The keyboard chooses by the field above, which says by its aria-activedescendant which one is meant.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: an option of a combobox is never focused itself
    <div ref={option} id={idOf(at)} class="option" role="option" aria-selected={isChosen} onClick={take}>
      <Icon name={entry.icon} />
      <span class="option-label">{entry.label}</span>
      <span class="soft">{entry.detail}</span>
    </div>
  )
}

/** What leads to a text: pages, a moment, resources and scopes of that name. */
function useEntries(text: string, asked: string, pages: readonly PageName[]) {
  const at = place.value.query.get('at')
  const moment = at === null ? '' : `&at=${encodeURIComponent(at)}`
  const resources = useAnswer<ResourcePage>(
    asked === '' ? null : `v1/resources?q=${encodeURIComponent(asked)}&fields=header&limit=${maxResources}${moment}`,
  )
  const scopes = useAnswer<Facets>(`v1/facets?by=scope&limit=${maxScopes}${moment}`)
  const entries = [
    ...timeEntries(text, Date.now()),
    ...pageEntries(text, pages),
    ...resourceEntries(text === '' ? null : resources.data),
    ...scopeEntries(text, scopes.data),
  ]
  return { entries, error: resources.error, isAsking: text !== asked || (asked !== '' && resources.data === null) }
}

function Choices({ pages, close }: { pages: readonly PageName[]; close: () => void }) {
  const text = useSignal('')
  const asked = useSignal('')
  const chosen = useSignal(0)
  const typed = text.value.trim()
  useEffect(() => {
    const timer = setTimeout(() => {
      asked.value = typed
    }, restMs)
    return () => clearTimeout(timer)
  }, [typed])
  const { entries, error, isAsking } = useEntries(typed, asked.value, pages)
  const at = Math.min(chosen.value, entries.length - 1)
  const take = (entry: Entry | undefined) => {
    if (entry === undefined) return
    close()
    go(entry.address)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) chosen.value = (at + step + entries.length) % Math.max(1, entries.length)
    else if (event.key === 'Enter') take(entries[at])
    else return
    event.preventDefault()
  }
  const said = isAsking ? 'Looking' : entries.length === 0 ? 'Nothing of that name' : counted(entries.length, 'result')
  return (
    <>
      <input
        type="text"
        role="combobox"
        aria-label="Go to a page, a resource, a scope or a time"
        aria-expanded={entries.length > 0}
        aria-controls="palette-options"
        aria-activedescendant={entries.length === 0 ? undefined : idOf(at)}
        aria-autocomplete="list"
        placeholder="a page, a name, an id, a scope, 2h, 2026-11-30 …"
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value
          chosen.value = 0
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-options" role="listbox" aria-label="Where to go">
        {entries.map((entry, index) => (
          <Option key={entry.id} entry={entry} at={index} isChosen={index === at} take={() => take(entry)} />
        ))}
      </div>
      <p class="soft" role="status">
        {error === null ? said : error instanceof Error ? error.message : String(error)}
      </p>
    </>
  )
}

/** Goes anywhere by its name: a page, a resource, a scope, a moment. */
export function Palette({ pages, isOpen, close }: { pages: readonly PageName[]; isOpen: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  // At once, not after the next paint: until it is closed it takes all keys, and one pressed right after a choice would be lost.
  useLayoutEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])
  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Go to"
      onClose={() => {
        // The event comes late: it may have been opened again since.
        if (dialog.current?.open === false) close()
      }}
      onClick={(event) => {
        // Beside it.
        if (event.target === dialog.current) close()
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      {isOpen ? <Choices pages={pages} close={close} /> : null}
    </dialog>
  )
}
