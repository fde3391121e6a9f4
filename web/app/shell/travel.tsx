import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { go, linkWith } from './router.ts'

const hour = 3_600_000
const steps = [
  ['an hour ago', hour],
  ['six hours ago', 6 * hour],
  ['yesterday', 24 * hour],
  ['a week ago', 7 * 24 * hour],
] as const

/** The moment in an address: UTC, and none for what the browser can't read. */
const inAddress = (timeMs: number): string | null => (Number.isNaN(timeMs) ? null : new Date(timeMs).toISOString())

/** Chooses the moment that every page is shown as of. */
export function TimeTravel() {
  const dialog = useRef<HTMLDialogElement>(null)
  const typed = useSignal('')
  const travel = (timeMs: number) => {
    dialog.current?.close()
    go(linkWith({ at: inAddress(timeMs) }))
  }
  return (
    <>
      <button type="button" class="link" onClick={() => dialog.current?.showModal()}>
        <Icon name="clock" /> Time travel
      </button>
      <dialog ref={dialog} aria-labelledby="travel-title">
        <h2 id="travel-title">Show everything as of</h2>
        <p class="acts">
          {steps.map(([word, ms]) => (
            <button key={word} type="button" onClick={() => travel(Date.now() - ms)}>
              {word}
            </button>
          ))}
        </p>
        <form
          class="together"
          onSubmit={(event) => {
            event.preventDefault()
            travel(new Date(typed.value).getTime())
          }}
        >
          <label>
            Local time{' '}
            <input
              type="datetime-local"
              step="1"
              required
              value={typed.value}
              onInput={(event) => {
                typed.value = event.currentTarget.value
              }}
            />
          </label>
          <button type="submit">Go</button>
        </form>
        <p class="dialog-acts">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </p>
      </dialog>
    </>
  )
}
