import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { Trouble } from './panel.tsx'

/** A button that asks before it acts, and says what came of it. */
export function Confirmed({
  label,
  title,
  children,
  act,
  tone = 'plain',
}: {
  label: string
  /** What will happen, with its count. */
  title: string
  children: ComponentChildren
  /** Answers with what was done, a sentence. */
  act: () => Promise<string>
  tone?: 'plain' | 'danger'
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const error = useSignal<unknown>(null)
  const done = useSignal<string | null>(null)
  const isBusy = useSignal(false)
  const run = async () => {
    isBusy.value = true
    error.value = null
    try {
      done.value = await act()
      dialog.current?.close()
    } catch (refused) {
      error.value = refused
    } finally {
      isBusy.value = false
    }
  }
  return (
    <>
      <button type="button" class={tone} onClick={() => dialog.current?.showModal()}>
        {label}
      </button>
      {done.value === null ? null : (
        <span class="soft" role="status">
          {done.value}
        </span>
      )}
      <dialog ref={dialog} aria-label={title}>
        <h2>{title}</h2>
        {children}
        {error.value === null ? null : <Trouble error={error.value} />}
        <p class="dialog-acts">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="button" class={tone} disabled={isBusy.value} onClick={() => void run()}>
            {label}
          </button>
        </p>
      </dialog>
    </>
  )
}
