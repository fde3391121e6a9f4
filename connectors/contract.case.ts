import { describe, expect, test } from 'bun:test'
import { VainoError } from '../model/errors.ts'
import { recordingSink } from '../test/sources/recording-sink.ts'
import { scanAll } from '../test/sources/scan-all.ts'
import type { Source } from './source.ts'

/** A system in the state that a case is about, and a source over it. */
export interface Arranged extends AsyncDisposable {
  readonly source: Source
  /** Ids of all resources that are there. */
  readonly ids: readonly string[]
  /** The same system, opened anew as after a restart. Needed by `restart` alone. */
  reopen?(): Source
}

export type Arrange = () => Promise<Arranged>

/** How a connector arranges each case; a text says why the case can't happen to it. */
export interface ContractSubject {
  readonly name: string
  /** Several resources, all there. */
  readonly complete: Arrange
  /** More than one page, or more than one read. */
  readonly pages: Arrange | string
  /** A page, or a resource, comes twice. */
  readonly repeatedPage: Arrange | string
  /** What is read changes between two pages. */
  readonly changedBetweenPages: Arrange | string
  /** One part can't be read, another can. */
  readonly partialFailure: Arrange | string
  readonly denial: Arrange | string
  /** The system refuses for its rate and asks to come again after 7 seconds. */
  readonly throttling: Arrange | string
  /** An answer that claims success and is nonsense. */
  readonly garbage: Arrange | string
  /** No answer. The source's own limits are short. */
  readonly silence: Arrange | string
  /** The answer ends in the middle. */
  readonly cut: Arrange | string
  /** No answer, with limits that are never reached. */
  readonly cancellation: Arrange | string
  /** A resource, an error, and the address hold `plantedSecret`. */
  readonly secrets: Arrange | string
  /** Several resources, for a process that ends in the middle of a scan. */
  readonly restart: Arrange | string
}

export const plantedSecret = 'hunter2-planted-secret'

/** What every connector promises, in the words of `connectors/source.ts`. */
export function contract(subject: ContractSubject): void {
  const check = (title: string, arrange: Arrange | string, run: (at: Arranged) => Promise<void>): void => {
    if (typeof arrange === 'string') test.skip(`${title} (${arrange})`, () => {})
    else {
      test(title, async () => {
        await using at = await arrange()
        await run(at)
      })
    }
  }
  describe(`the contract of connectors: ${subject.name}`, () => {
    check('a complete scan observes every resource once', subject.complete, wholly)
    check('a scan of many pages is as complete', subject.pages, wholly)
    check('a page that comes twice neither hides nor invents a resource', subject.repeatedPage, honestly)
    check('I5: what changes between two pages is never taken for a whole', subject.changedBetweenPages, honestly)
    check('I5: where a part fails the scan is incomplete, and the rest is kept', subject.partialFailure, async (at) => {
      const scans = await incompletely(at)
      expect(scans.flatMap(({ resources }) => resources).length).toBeGreaterThan(0)
    })
    check('I5: a denial is an incomplete scan', subject.denial, async (at) => void (await incompletely(at)))
    check(
      'I5: garbage that claims success is an incomplete scan',
      subject.garbage,
      async (at) => void (await incompletely(at)),
    )
    check('I5: silence ends as an incomplete scan', subject.silence, async (at) => void (await incompletely(at)))
    check('I5: an answer that is cut is an incomplete scan', subject.cut, async (at) => void (await incompletely(at)))
    check('a refusal for the rate says when to come again', subject.throttling, comesAgain)
    check('a scan that is cancelled stops at once and is not ended', subject.cancellation, stopsAtOnce)
    check('a sink that fails stops the scan, which is not ended as the system’s fault', subject.complete, passesOn)
    check('I9: a secret is in no resource, no error and no name', subject.secrets, keepsSecrets)
    check('after a process that ended in the middle the next one scans all', subject.restart, async (at) => {
      const stop = new AbortController()
      const sink = recordingSink({ onObserve: () => stop.abort(new Error('killed')) })
      await expect(scanAll(at.source, sink, { signal: stop.signal })).rejects.toThrow('killed')
      const source = at.reopen?.()
      if (source === undefined) throw new Error('the case needs reopen()')
      await wholly({ ...at, source })
    })
  })
}

async function scansOf({ source }: Arranged) {
  const sink = recordingSink()
  await scanAll(source, sink)
  return sink.scans
}

async function wholly(at: Arranged): Promise<void> {
  const scans = await scansOf(at)
  expect(scans.flatMap(({ outcome }) => outcome?.errors ?? [])).toEqual([])
  expect(scans.every(({ outcome }) => outcome?.complete)).toBe(true)
  expect(scans.flatMap(({ resources }) => resources.map(({ id }) => id)).sort()).toEqual([...at.ids].sort())
}

/** A complete scan has every id; anything else ends incomplete. */
async function honestly(at: Arranged): Promise<void> {
  const scans = await scansOf(at)
  expect(scans.length).toBeGreaterThan(0)
  for (const { resources, outcome } of scans) {
    if (outcome?.complete) expect([...new Set(resources.map(({ id }) => id))].sort()).toEqual([...at.ids].sort())
    else expect(outcome?.errors?.length).toBeGreaterThan(0)
  }
}

async function incompletely(at: Arranged) {
  const scans = await scansOf(at)
  expect(scans.some(({ outcome }) => outcome?.complete === false && outcome.errors?.length)).toBe(true)
  for (const { outcome } of scans) if (!outcome?.complete) expect(outcome).not.toHaveProperty('attributes')
  return scans
}

async function firstTarget(source: Source, signal: AbortSignal) {
  const first = await source.targets(signal)[Symbol.asyncIterator]().next()
  const target = first.done ? undefined : first.value[0]
  if (target === undefined) throw new Error('it lists no target')
  return target
}

async function comesAgain({ source }: Arranged): Promise<void> {
  const { signal } = new AbortController()
  const target = await firstTarget(source, signal)
  const out = { observe: async () => undefined, missed: () => undefined, gone: async () => undefined }
  const error: unknown = await source.scan(target, out, signal).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(VainoError)
  expect((error as VainoError).retryAfterSeconds).toBe(7)
}

async function stopsAtOnce({ source }: Arranged): Promise<void> {
  const stop = new AbortController()
  const target = await firstTarget(source, stop.signal)
  const out = { observe: async () => undefined, missed: () => undefined, gone: async () => undefined }
  const scanning = source.scan(target, out, stop.signal)
  scanning.catch(() => undefined)
  await new Promise((resolve) => setImmediate(resolve))
  stop.abort(new Error('cancelled'))
  await expect(scanning).rejects.toThrow()
}

async function passesOn({ source }: Arranged): Promise<void> {
  const full = new Error('the disk is full')
  const sink = recordingSink({
    onObserve: () => {
      throw full
    },
  })
  expect(await scanAll(source, sink, { concurrency: 1 }).catch((error: unknown) => error)).toBe(full)
  expect(sink.scans.map(({ outcome }) => outcome)).toEqual([null])
}

async function keepsSecrets(at: Arranged): Promise<void> {
  const scans = await scansOf(at)
  expect(scans.length).toBeGreaterThan(0)
  expect(JSON.stringify([at.source.name, scans])).not.toContain(plantedSecret)
}
