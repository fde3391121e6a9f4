import type { Change } from '../../model/change.ts'

/** What must be the same in every run of the same requests: all of a change but when it was recorded and where. */
export interface Happened {
  readonly op: string
  readonly version: number
  readonly reason: string | null
  readonly scan: string | null
  readonly before: unknown
  readonly after: unknown
  readonly fields: unknown
}

export type KeyHistories = Map<string, Happened[]>

const happened = ({ op, version, reason, scan, before, after, fields }: Change): Happened => ({
  ...{ op, version, reason, scan },
  ...{ before, after, fields },
})

export function addTo(histories: KeyHistories, changes: readonly Change[]): void {
  for (const change of changes) {
    const list = histories.get(change.key) ?? []
    list.push(happened(change))
    histories.set(change.key, list)
  }
}

interface ChangePage {
  readonly changes: Change[]
  readonly cursor: string
  readonly up_to_date: boolean
}

/** Reads a server's whole change log, page by page, as a list for each key. */
export async function readHistories(url: string): Promise<KeyHistories> {
  const histories: KeyHistories = new Map()
  for (let cursor = '-1', upToDate = false; !upToDate; ) {
    const answer = await fetch(`${url}/v1/changes?offset=${cursor}&limit=1000`)
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
    const page = (await answer.json()) as ChangePage
    addTo(histories, page.changes)
    cursor = page.cursor
    upToDate = page.up_to_date
  }
  return histories
}
