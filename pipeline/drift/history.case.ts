import { expect } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Scope } from '../../model/scope.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { DriftItem } from './drift-item.ts'
import type { DriftView } from './drift-view.ts'
import type { DriftViewOptions } from './drift-view-options.ts'
import { type Estate, itemsOf, logOf, openEstate, storyOf } from './estate.case.ts'

/** A reader that fails after some reads, as a process that is killed reads no more. */
function mortal(reader: StateReader, reads: number): StateReader {
  let left = reads
  return {
    ...reader,
    get(key, at) {
      if (left-- <= 0) throw new Error('killed')
      return reader.get(key, at)
    },
    history(key, page) {
      if (left-- <= 0) throw new Error('killed')
      return reader.history(key, page)
    },
  }
}

const said = (view: DriftView) => ({
  items: itemsOf(view).map(({ since: _since, ...item }) => item),
  coverage: view.coverage(),
})

/** What was open at an offset, by a naive reading of the whole log from its beginning. */
function openAt(view: DriftView, offset: number): DriftItem[] {
  const open = new Map<string, DriftItem>()
  for (const { event, drift } of logOf(view).slice(0, offset)) {
    if (event === 'resolved') open.delete(drift.id)
    else open.set(drift.id, drift)
  }
  const place = ({ state, address }: DriftItem) => `${state}\0${address}`
  return [...open.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1))
}

const listedAt = (view: DriftView, offset: number) =>
  [...view.log.openAt([offset], null)].filter((item) => item !== null)

/** Who did it may have been learnt later. */
const known = ({ actor: _actor, occurred_at: _at, ...item }: DriftItem) => item

/** What a list said once of things that are known. */
interface Said {
  readonly offset: number
  readonly items: readonly DriftItem[]
}

/** What happens to an estate, a step after another. */
export interface Story {
  readonly steps: readonly { readonly records: () => readonly object[]; readonly kill: number | null }[]
  /** Called with the view that is kept up to date, when a step is in it; the last time after all of them. */
  check?(estate: Estate, view: DriftView): void
  readonly options?: Partial<DriftViewOptions>
}

/** Keeps a view up to date, another that is killed again and again, and makes one anew: they are the same. */
export async function follow(story: Story): Promise<void> {
  const dataDirs = ['killed', 'anew'].map((name) => mkdtempSync(path.join(tmpdir(), `vaino-drift-${name}-`)))
  try {
    await using estate = await openEstate(3)
    await followIn(estate, story, dataDirs)
  } finally {
    for (const dataDir of dataDirs) rmSync(dataDir, { recursive: true })
  }
}

/** Scopes are forgotten by an operator alone. */
async function take(estate: Estate, records: readonly object[]): Promise<void> {
  const { forgotten = [], sent = [] } = Object.groupBy(records, (one) => (isForgetting(one) ? 'forgotten' : 'sent'))
  await estate.send(...sent)
  for (const { scope } of forgotten.filter(isForgetting)) await estate.engine.forget(scope)
}

const isForgetting = (record: object): record is { readonly scope: Scope } =>
  'kind' in record && record.kind === 'scope.forget'

async function followIn(estate: Estate, { steps, check, options }: Story, dataDirs: readonly string[]): Promise<void> {
  const [killedDir = '', anewDir = ''] = dataDirs
  const past: Said[] = []
  await using undisturbed = await estate.open(options)
  for (const { records, kill } of steps) {
    await take(estate, records())
    await undisturbed.whenCaughtUp()
    const items = itemsOf(undisturbed).filter(({ status }) => status !== 'unknown')
    past.push({ offset: undisturbed.log.head()[0] ?? 0, items })
    check?.(estate, undisturbed)
    if (kill !== null) {
      const dying = { dataDir: killedDir, reader: mortal(estate.engine.reader, kill), failed: () => undefined }
      await using _killed = await estate.open({ ...options, ...dying })
    }
    await using killed = await estate.open({ ...options, dataDir: killedDir })
    await killed.whenCaughtUp()
    expect(storyOf(killed)).toEqual(storyOf(undisturbed))
    expect(said(killed)).toEqual(said(undisturbed))
  }
  await using anew = await estate.open({ ...options, dataDir: anewDir })
  await anew.whenCaughtUp()
  expect(said(anew)).toEqual(said(undisturbed))
  for (const { offset, items } of past) {
    const then = listedAt(undisturbed, offset)
    expect(then).toEqual(openAt(undisturbed, offset))
    expect(then.map(known)).toEqual(expect.arrayContaining(items.map(known)))
  }
  expect(estate.failures).toEqual([])
}
