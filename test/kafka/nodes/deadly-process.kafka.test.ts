import { afterAll, expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ensureTopics, openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { partitionOf } from '../../../model/partition.ts'
import type { Scope } from '../../../model/scope.ts'
import { defaultEngineOptions } from '../../../pipeline/engine-options.ts'
import { messageLimits } from '../../../pipeline/kafka/messages/message-limits.ts'
import { wantedTopics } from '../../../pipeline/kafka/node/wanted-topics.ts'
import { startKafka } from '../cluster.ts'
import { readAll, textOf, until } from '../reading.ts'
import { scopeIn } from './input.ts'
import { headerOf } from './outcome.ts'
import { brokerConfig } from './vaino-node.ts'

const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-mortal-'))
const reader = openLogReader(settings)
const partitions = 3
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const deadly = 'deadly dose'
/** A node that is started again whenever it dies, as systemd would do it. */
class MortalNode implements AsyncDisposable {
  deaths = 0
  stderr = ''
  readonly #argument: object
  readonly #dataDir: string
  #child: ChildProcess | null = null
  #gone: Promise<void> = Promise.resolve()
  #isStopping = false

  /** @param atText at records that hold it the node dies */
  constructor(prefix: string, name: string, atText = deadly, where = 'input') {
    const dataDir = path.join(folder, prefix, name)
    this.#dataDir = dataDir
    this.#argument = {
      ...{ settings, prefix, dataDir, partitions, atText, where },
      workers: 2,
      sessionTimeoutMs: 1_500,
    }
    this.#start()
  }

  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** Where in a partition's input a worker is: which record's number and line, 0 where it takes many at once; null: nowhere. */
  placeIn(partition: number): string | null {
    const file = path.join(this.#dataDir, 'partitions', `${partition}.crash`)
    if (!existsSync(file)) return null
    const slot = readFileSync(file).subarray(0, 40)
    const [work = 0, , , offset, line] = new Float64Array(new Uint8Array(slot).buffer)
    return work === 0 ? null : `${partition}/${offset}/${line}`
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#child?.kill('SIGTERM')
    await this.#gone
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #start(): void {
    const program = path.join(import.meta.dirname, 'mortal-node.ts')
    const child = spawn(process.execPath, [program, JSON.stringify(this.#argument)], { stdio: ['ignore', 2, 'pipe'] })
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.#gone = new Promise((resolve) => child.once('close', () => resolve()))
    child.once('close', () => {
      if (this.#isStopping) return
      this.deaths++
      this.#start()
    })
  }
}

async function inputOf(prefix: string) {
  const topics = wantedTopics(prefix, messageLimits(defaultEngineOptions.recordBytes, null).topics)
  await ensureTopics(settings, { topics, partitions, replication: 1, create: true })
  const producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  const send = (scope: string, ...lines: string[]) =>
    producer.send(partitionOf(scope as Scope, partitions), [{ key: scope, value: lines.join('\n') }])
  return { send, [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose]() }
}

const observed = (scope: string, id: string, more: object = {}) =>
  JSON.stringify({ kind: 'observed', scope, resource: { id, type: 't', provider: 'p' }, ...more })
const deadlyOne = (scope: string, scan?: string) =>
  JSON.stringify({ kind: 'observed', scope, scan, resource: { id: 'x', type: 't', provider: 'p', name: deadly } })

async function allIn(topic: string) {
  return (await Promise.all(numbers(partitions).map((partition) => readAll(reader, topic, partition)))).flat()
}
const lettersIn = async (prefix: string) =>
  (await allIn(`${prefix}.deadletters`)).map(({ headers }) => headerOf(headers, 'vaino_source'))
const changedIn = async (prefix: string) => (await allIn(`${prefix}.changes`)).map(({ key }) => textOf(key)).toSorted()

/** Waits for so many changes, or says what the nodes have said. */
async function whenChanged(prefix: string, count: number, ...nodes: MortalNode[]): Promise<void> {
  try {
    await until(`${count} changes`, async () => (await changedIn(prefix)).length >= count)
  } catch (error) {
    for (const { deaths, stderr } of nodes) console.log(deaths, stderr.slice(-4_000))
    throw error
  }
}

/** Each partition has much to do, so that the others are in the midst of it when one kills the process. */
async function fill(prefix: string, messages: number): Promise<string[]> {
  await using input = await inputOf(prefix)
  const keys: string[] = []
  for (const partition of numbers(partitions)) {
    const scope = scopeIn(partition, partitions)
    for (let n = 0; n < messages; n++) {
      const ids = numbers(50).map((more) => `id-${n * 50 + more}`)
      keys.push(...ids.map((id) => `${scope}/${id}`))
      const lines = ids.map((id) => observed(scope, id))
      if (partition === 0 && n === 7) lines.splice(20, 0, deadlyOne(scope))
      await input.send(scope, ...lines)
    }
  }
  return keys.toSorted()
}

test('I12, I13: a record at which the process dies, again and again, on one node after the other, ends as a dead letter, and all others are applied once', async () => {
  const prefix = 'mortal'
  const expected = await fill(prefix, 40)
  await using a = new MortalNode(prefix, 'a')
  await using b = new MortalNode(prefix, 'b')
  await whenChanged(prefix, expected.length, a, b)
  expect(await changedIn(prefix)).toEqual(expected)
  expect(await lettersIn(prefix)).toEqual([`${prefix}.resources partition 0 offset 7`])
  // Each node finds it by itself: of the first two deaths, and of three at the record.
  expect(Math.max(a.deaths, b.deaths)).toBeGreaterThanOrEqual(5)
  expect(Math.max(a.deaths, b.deaths)).toBeLessThanOrEqual(6)
  const deaths = a.deaths + b.deaths
  await using input = await inputOf(prefix)
  const scope = scopeIn(0, partitions)
  await input.send(scope, observed(scope, 'later'))
  await whenChanged(prefix, expected.length + 1, a, b)
  expect(a.deaths + b.deaths).toBe(deaths)
}, 120_000)

test('I1, I13: a node that is killed in the midst of its input, again and again, sets nothing aside', async () => {
  const prefix = 'killed'
  const expected = await fill(prefix, 60)
  await using node = new MortalNode(prefix, 'a', 'what no record holds')
  const places = () => numbers(partitions).flatMap((partition) => node.placeIn(partition) ?? [])
  const killedAt = new Set<string>()
  // Not where it was killed before: what is done first takes longest, so chance would have it die at the first record each time.
  const isElsewhere = () =>
    places().length > 0 && !places().some((place) => killedAt.has(place) && !place.endsWith('/0'))
  for (let kills = 1; kills <= 6; kills++) {
    await until('it has looked what it died of', () => places().length === 0)
    await until('it is in the midst of its input', isElsewhere)
    for (const place of places()) killedAt.add(place)
    node.kill()
    await until('it is started again', () => node.deaths === kills)
  }
  expect(node.stderr).toContain('ended in the midst of the input')
  const withDeadly = expected.length + 1
  await whenChanged(prefix, withDeadly, node)
  expect(await changedIn(prefix)).toHaveLength(withDeadly)
  expect(await lettersIn(prefix)).toEqual([])
  await node.stop()
  expect(places()).toEqual([])
}, 120_000)

test('I5, I13: a node that takes over an open scan and dies of what it had seen goes on, and believes its end no more', async () => {
  const prefix = 'mortal-memory'
  const scope = scopeIn(0, partitions)
  await using input = await inputOf(prefix)
  const scan = (name: string, ...ids: string[]) => [
    JSON.stringify({ kind: 'scan.begin', scope, scan: name }),
    deadlyOne(scope, name),
    ...ids.map((id) => observed(scope, id, { scan: name })),
  ]
  const end = (name: string, count: number) =>
    JSON.stringify({ kind: 'scan.end', scope, scan: name, complete: true, count })
  await input.send(scope, ...scan('one', 'a', 'b'), end('one', 3))
  await input.send(scope, ...scan('two', 'a', 'd'))
  await using first = new MortalNode(prefix, 'first', 'what no record holds')
  await whenChanged(prefix, 4, first)
  await first.stop()
  await using second = new MortalNode(prefix, 'second')
  await input.send(scope, end('two', 3), observed(scope, 'c'))
  await whenChanged(prefix, 5, second)
  expect(await changedIn(prefix)).toEqual(['a', 'b', 'c', 'd', 'x'].map((id) => `${scope}/${id}`))
  // Twice for what it learns from, and three times at each of the two.
  expect(second.deaths).toBe(8)
}, 120_000)

test('I13: a follower whose process dies of what it reads, again and again, reads it later and later', async () => {
  const prefix = 'mortal-follower'
  const scope = scopeIn(0, partitions)
  await using input = await inputOf(prefix)
  await input.send(scope, observed(scope, 'a'), deadlyOne(scope))
  await using owner = new MortalNode(prefix, 'owner', 'what no record holds')
  await whenChanged(prefix, 2, owner)
  await using follower = new MortalNode(prefix, 'follower', deadly, 'followed')
  const paused = (ms: number) => follower.stderr.includes(`"pause_ms":${ms}`)
  await until('it reads it later', () => paused(1_000) && paused(2_000) && paused(4_000))
  expect(owner.deaths).toBe(0)
}, 120_000)
