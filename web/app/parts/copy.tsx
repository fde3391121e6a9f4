import { useSignal } from '@preact/signals'
import { Icon } from './icon.tsx'

const saidMs = 1600

/** Copies a text, and says so. Where a page may not write to the clipboard, the text is there to be marked. */
export function Copy({ text, label, shows = label }: { text: () => string; label: string; shows?: string }) {
  const said = useSignal<string | null>(null)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text())
      said.value = 'Copied'
    } catch {
      // No permission, or a page that was not loaded over TLS.
      said.value = 'The browser does not allow it'
    }
    setTimeout(() => {
      said.value = null
    }, saidMs)
  }
  return (
    <button type="button" class="quiet" onClick={() => void copy()} aria-label={shows === label ? undefined : label}>
      <Icon name={said.value === 'Copied' ? 'good' : 'copy'} />
      <span aria-live="polite">{said.value ?? shows}</span>
    </button>
  )
}

/** A line for a terminal. */
export const Command = ({ line, label }: { line: string; label: string }) => (
  <div class="command">
    <span class="command-label">{label}</span>
    <code>{line}</code>
    <Copy text={() => line} label={`Copy: ${label}`} shows="Copy" />
  </div>
)
