import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { tinykeys } from 'tinykeys'
import type { PageName } from './frame.tsx'
import { go, linkTo } from './router.ts'

const isTyping = (event: Event): boolean =>
  event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]')

/** Rows of lists: what j and k walk through. */
const rowsOfPage = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('main [data-row]')]

function walk(step: 1 | -1): void {
  const all = rowsOfPage()
  const at = all.indexOf(document.activeElement as HTMLElement)
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

const press = (name: string) => document.querySelector<HTMLElement>(`main [data-key="${name}"]`)

/** Takes keys from everywhere but where somebody types. */
export function useKeys(pages: readonly PageName[], showKeys: () => void, find: () => void): void {
  useEffect(() => {
    const unless = (act: () => void) => (event: KeyboardEvent) => {
      if (isTyping(event)) return
      event.preventDefault()
      act()
    }
    const goes = pages.map(({ page, key }) => [`g ${key}`, unless(() => go(linkTo(page)))] as const)
    return tinykeys(window, {
      ...Object.fromEntries(goes),
      // Some layouts have it without Shift.
      '?': unless(showKeys),
      'Shift+?': unless(showKeys),
      j: unless(() => walk(1)),
      k: unless(() => walk(-1)),
      p: unless(() => press('p')?.click()),
      f: unless(() => press('f')?.click()),
      // The search of the page, where it has one.
      '/': unless(() => (press('/') === null ? find() : press('/')?.focus())),
      // From a field too.
      '$mod+k': (event) => {
        event.preventDefault()
        find()
      },
    })
  }, [])
}

/** The keys, in a dialog. */
export function KeysDialog({
  pages,
  isOpen,
  onClose,
}: {
  pages: readonly PageName[]
  isOpen: boolean
  onClose: () => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    if (isOpen) dialog.current?.showModal()
  }, [isOpen])
  const keys: readonly (readonly [keys: readonly string[], what: string])[] = [
    ...pages.map(({ key, title }) => [['g', key], title] as const),
    [['j'], 'next row'],
    [['k'], 'row before'],
    [['Enter'], 'open or close the row'],
    [['Ctrl', 'K'], 'go to anything'],
    [['/'], 'search the page'],
    [['f'], 'filters'],
    [['p'], 'pause or go on'],
    [['?'], 'this list'],
  ]
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={onClose}>
      <h2 id="keys-title">Keys</h2>
      <dl>
        {keys.map(([all, what]) => (
          <div key={what}>
            <dt>
              {all.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  )
}
