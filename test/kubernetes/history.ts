import { isDeepStrictEqual } from 'node:util'
import type { Change } from '../../model/change.ts'

interface Document {
  readonly uid?: string | null
  readonly configuration: { readonly data?: { readonly n?: string } }
}

/** What is known of one key so far. */
interface KeyState {
  version: number
  counter: number
  /** `c UID` and `d UID` of all that was made and deleted under it. */
  readonly events: Set<string>
}

const pageChanges = 1000

/**
 * The whole change log of a vaino, read on from where it was read before. It finds a version that is no successor, an object that was made or
 * deleted twice, a change to what it was before, and a counter (`data.n`) that didn't grow.
 */
export class History {
  readonly wrong: string[] = []
  /** Changes so far. */
  count = 0
  readonly #keys = new Map<string, KeyState>()
  #cursor = '-1'

  /** @param url of the server, another one after a restart */
  async readOn(url: string): Promise<void> {
    for (let upToDate = false; !upToDate; ) {
      const answer = await fetch(`${url}/v1/changes?offset=${this.#cursor}&limit=${pageChanges}`)
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
      const page = (await answer.json()) as { changes: Change[]; cursor: string; up_to_date: boolean }
      for (const change of page.changes) this.#take(change)
      this.#cursor = page.cursor
      upToDate = page.up_to_date
    }
  }

  #take({ key, op, version, before, after }: Change): void {
    this.count++
    const state = this.#keys.get(key) ?? { version: 0, counter: -1, events: new Set() }
    this.#keys.set(key, state)
    if (version !== state.version + 1) this.wrong.push(`${key}: version ${version} follows ${state.version}`)
    state.version = version
    if (isDeepStrictEqual(before, after)) this.wrong.push(`${key}: ${op} changes nothing`)
    const document = (after ?? before) as unknown as Document
    if (op === 'c' || op === 'd') {
      const event = `${op} ${document.uid}`
      if (state.events.has(event)) this.wrong.push(`${key}: ${event} twice`)
      state.events.add(event)
    }
    const { n } = document.configuration.data ?? {}
    if (n === undefined || op === 'd') return
    if (Number(n) <= state.counter) this.wrong.push(`${key}: ${op} to ${n} after ${state.counter}`)
    state.counter = Number(n)
  }
}
