import { type Signal, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { getJson, token } from './session.ts'

/** What a panel shows: what was answered last, and why it could not be asked again. */
export interface Answer<T> {
  /** Null: nothing has come yet. */
  readonly data: T | null
  readonly error: unknown
  readonly receivedMs: number
  /** More of it is still coming. */
  readonly isPartial: boolean
  refresh(): void
}

interface Asking<T> {
  /** Default: all of the answer, as JSON. `partly` shows what has come of it, where nothing is shown yet. */
  readonly read?: (path: string, signal: AbortSignal, partly: (data: T) => void) => Promise<T>
  /** Asked again after this long, while the page is in sight. */
  readonly everyMs?: number
  /** Asked again when it changes. */
  readonly pulse?: Signal<number>
}

const nothing = { data: null, error: null, receivedMs: 0, isPartial: false }

/** Answers that are shown at once when somebody comes back, until they are asked for again. */
const maxKept = 40
const kept = new Map<string, { readonly data: unknown; readonly receivedMs: number }>()

function keep(path: string, data: unknown, receivedMs: number): void {
  kept.delete(path)
  kept.set(path, { data, receivedMs })
  const oldest = kept.keys().next()
  if (kept.size > maxKept && !oldest.done) kept.delete(oldest.value)
}

/**
 * The JSON at a path, asked for again as said. A path that changes begins anew; an error leaves the data of the same path in place.
 *
 * @param path null: nothing is asked
 */
export function useAnswer<T>(path: string | null, { everyMs, pulse, read = getJson<T> }: Asking<T> = {}): Answer<T> {
  const state = useSignal<{ path: string | null } & Omit<Answer<T>, 'refresh'>>({ path: null, ...nothing })
  const wanted = useSignal(0)
  const again = useRef<() => void>(() => {})
  again.current = () => {
    // Not read here: the effect that calls this would then wake itself without end.
    wanted.value = wanted.peek() + 1
  }
  useSignalEffect(() => {
    if (pulse !== undefined && pulse.value > 0 && !document.hidden) again.current()
  })
  useEffect(() => {
    if (path === null) return
    const stop = new AbortController()
    const before = kept.get(path)
    if (state.peek().path !== path)
      state.value = {
        ...{ path, data: (before?.data as T) ?? null, error: null },
        ...{ receivedMs: before?.receivedMs ?? 0, isPartial: false },
      }
    // What is whole stays until another whole one has come.
    const partly = (data: T) => {
      const { data: shown, isPartial } = state.peek()
      if (!stop.signal.aborted && (shown === null || isPartial))
        state.value = { path, data, error: null, receivedMs: Date.now(), isPartial: true }
    }
    read(path, stop.signal, partly).then(
      (data) => {
        const receivedMs = Date.now()
        keep(path, data, receivedMs)
        if (!stop.signal.aborted) state.value = { path, data, error: null, receivedMs, isPartial: false }
      },
      (error: unknown) => {
        if (!stop.signal.aborted) state.value = { ...state.peek(), path, error, isPartial: false }
      },
    )
    const timer = everyMs === undefined ? undefined : setInterval(() => document.hidden || again.current(), everyMs)
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [path, everyMs, wanted.value, token.value])
  const { data, error, receivedMs, isPartial } = state.value.path === path ? state.value : nothing
  return { data, error, receivedMs, isPartial, refresh: again.current }
}
