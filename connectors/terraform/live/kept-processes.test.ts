import { expect, spyOn, test } from 'bun:test'
import { recordingSink } from '../../../test/sources/recording-sink.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { KeptProcesses } from './kept-processes.ts'
import { estate, liveScan, open, stateIn, thing, things } from './live.case.ts'
import type { Provider, ProviderOptions } from './provider/provider.ts'
import { until } from './provider/test-processes.ts'
import { unknown, type World, worldOf } from './test-world.ts'

const never = new AbortController().signal
const optionsOf = (region: string): ProviderOptions => ({
  ...{
    binary: { address: 'a', version: '1', path: '/a', hash: null },
    workingDirectory: '/',
    configuration: { region },
  },
  ...{ env: [], concurrency: 1, readTimeoutMs: 1, startTimeoutMs: 1, redactText: (text) => text },
})

/** Processes that do nothing: by their numbers, those that run, and those that were ended at once by their signal. */
function processes(bounds: { processes: number; idleMs: number }) {
  const running = new Set<number>()
  const killed: number[] = []
  let started = 0
  const start = async (_options: ProviderOptions, signal: AbortSignal): Promise<Provider> => {
    const number = ++started
    running.add(number)
    signal.addEventListener('abort', () => killed.push(number))
    return {
      schemaOf: () => Promise.reject(new Error(`process ${number}`)),
      read: () => Promise.reject(new Error(`process ${number}`)),
      [Symbol.asyncDispose]: async () => void running.delete(number),
    }
  }
  const kept = new KeptProcesses(start, bounds)
  /** Which process it was. */
  async function use(region: string, { stays = true, signal = never, isFresh = false } = {}): Promise<number> {
    await using provider = await kept.open(optionsOf(region), signal, isFresh)
    if (stays) provider.keep()
    const error = await provider.schemaOf('x', never).catch((reason: Error) => reason)
    return Number(/\d+/.exec(String(error))?.[0])
  }
  return { kept, use, running, killed }
}

test('a process is used again with the same options, and ends where it was not kept', async () => {
  const { use, running } = processes({ processes: 4, idleMs: 60_000 })
  expect([await use('eu'), await use('eu'), await use('us'), await use('eu')]).toEqual([1, 1, 2, 1])
  expect(await use('us', { stays: false })).toBe(2)
  expect([...running]).toEqual([1])
  expect(await use('us')).toBe(3)
  expect(await use('us', { isFresh: true })).toBe(4)
})

test('no more run than may, the longest waiting end first, and two users have two', async () => {
  const { kept, use, running } = processes({ processes: 2, idleMs: 60_000 })
  for (const region of ['a', 'b', 'c']) await use(region)
  expect([...running]).toEqual([2, 3])
  const [one, other] = await Promise.all([kept.open(optionsOf('c'), never), kept.open(optionsOf('c'), never)])
  expect([...running]).toEqual([3, 4])
  for (const provider of [one, other]) {
    provider.keep()
    await provider[Symbol.asyncDispose]()
  }
  await kept[Symbol.asyncDispose]()
  expect(running.size).toBe(0)
})

test('one that waits for long ends, and so does one that is old', async () => {
  const short = processes({ processes: 2, idleMs: 20 })
  await short.use('a')
  await until(() => short.running.size === 0)
  const none = processes({ processes: 2, idleMs: 0 })
  await none.use('a')
  expect(none.running.size).toBe(0)
  const { kept, use, running } = processes({ processes: 2, idleMs: 60_000 })
  await use('a')
  const now = performance.now()
  const clock = spyOn(performance, 'now').mockImplementation(() => now + 15 * 60_000)
  try {
    expect(await use('a')).toBe(1)
    expect(running.size).toBe(0)
  } finally {
    clock.mockRestore()
    await kept[Symbol.asyncDispose]()
  }
})

test('aborting ends the process that is in use, and none that waits', async () => {
  const { kept, use, killed } = processes({ processes: 2, idleMs: 60_000 })
  const [first, second] = [new AbortController(), new AbortController()]
  await use('a', { signal: first.signal })
  first.abort()
  expect(killed).toEqual([])
  await using provider = await kept.open(optionsOf('a'), second.signal)
  second.abort()
  expect(killed).toEqual([1])
  provider.keep()
  await provider[Symbol.asyncDispose]()
  expect(await use('a')).toBe(2)
  await kept[Symbol.asyncDispose]()
})

const aSecondLook = async (world: World, id: string): Promise<number> => {
  await using folder = await temporaryFolder()
  await stateIn(folder, estate(['a', 'b', 'c']))
  const source = open(folder.path, true, world, { readsOnce: true })
  const { scope } = await liveScan(source)
  const again = { ...(await recordingSink().scan(scope)), missed: () => undefined, absent: () => {}, other: () => {} }
  await source.reread?.({ scope }, new Set([`aws_instance.${id}`]), again, never)
  await source[Symbol.asyncDispose]?.()
  expect(world.open_.now).toBe(0)
  return world.opened.length
}

test('what differs is looked at a second time by the same process, and what is not there by another', async () => {
  const changed = worldOf({ ...things(['a', 'b']), c: thing('c', { size: 'large' }) })
  expect(await aSecondLook(changed, 'c')).toBe(1)
  expect(await aSecondLook(worldOf(things(['a', 'b'])), 'c')).toBe(2)
  expect(await aSecondLook(worldOf({ ...things(['a', 'b']), c: unknown('denied') }), 'c')).toBe(2)
})

test('passes that follow each other closely share a process, others leave none', async () => {
  await using folder = await temporaryFolder()
  await stateIn(folder, estate(['a', 'b']))
  for (const [every, processes, left] of [
    ['5s', 1, 1],
    ['15m', 3, 0],
  ] as const) {
    const world = worldOf(things(['a', 'b']))
    const source = open(folder.path, { every }, world)
    for (let pass = 0; pass < 3; pass++) expect((await liveScan(source)).outcome?.complete).toBe(true)
    expect([world.opened.length, world.open_.now]).toEqual([processes, left])
    await source[Symbol.asyncDispose]?.()
    expect(world.open_.now).toBe(0)
  }
})
