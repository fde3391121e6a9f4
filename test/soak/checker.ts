/**
 * The soak's checker, a process of its own: it knows the server by its address and its process id alone. It follows the change log
 * through every crash and restart, folds it, compares it with snapshots, and watches what the server holds.
 */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '../../model/change.ts'
import { createEventParser } from '../../web/event-stream.ts'
import type { Sample } from './growth.ts'
import { LogModel } from './log-model.ts'
import type { CheckerSettings, FromChecker, ToChecker } from './messages.ts'
import { lookAt } from './process-watch.ts'

const sampleEveryMs = 2_000
/** A server that was just started reads every state anew before the log ends. */
const settleWithinMs = 90_000

const settings = JSON.parse(process.argv[2] ?? '') as CheckerSettings
const model = new LogModel()
const acknowledged = new Map<string, number>()
const problems: string[] = []
const samples: Sample[] = []
const startedAt = performance.now()
let server: { readonly url: string; readonly pid: number } | null = null
let life = 0
let cursor = '-1'
let isUpToDate = false
let isUndisturbed = false
let isEnding = false
let reconnects = 0
let settles = 0
let strays: readonly string[] = []

const say = (message: FromChecker): void => void process.stdout.write(`${JSON.stringify(message)}\n`)
const fail = (text: string): void => {
  if (problems.length < 100) problems.push(text)
}

/** Follows the log from where it was, as a client that lost its connection does. */
async function follow(): Promise<void> {
  while (!isEnding) {
    if (server === null) {
      await sleep(20)
      continue
    }
    try {
      const answer = await fetch(`${server.url}/v1/changes?offset=${cursor}&live=sse`)
      if (!answer.ok || answer.body === null) throw new Error(`${answer.status}: ${await answer.text()}`)
      const take = createEventParser(({ event, data, id }) => takeEvent(event, data, id))
      for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) take(piece)
    } catch (error) {
      // A refused cursor is a broken promise; a connection that ends isn't.
      if (/^(4\d\d):/.test((error as Error).message)) fail(`I8: ${(error as Error).message}`)
    }
    reconnects++
    isUpToDate = false
    await sleep(20)
  }
}

function takeEvent(event: string, data: string, id: string | null): void {
  if (data.includes(settings.secret)) fail(`I9: a secret in the event ${id}`)
  if (event === 'change') {
    isUpToDate = false
    model.take(JSON.parse(data) as Change)
  } else if (event === 'control') isUpToDate = (JSON.parse(data) as { up_to_date: boolean }).up_to_date
  if (id !== null) cursor = id
}

/** Null where the log was followed to the position of the snapshot, and the two are compared; else what is missing. */
async function compareNow(url: string, deadLetters: number): Promise<string[] | null> {
  if (!isUpToDate) return [`the log was not followed to its end: ${cursor}`]
  const missing = model.differences(acknowledged)
  if (missing.length > 0) return missing
  const text = await (await fetch(`${url}/v1/snapshot`)).text()
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const end = lines.pop() as { cursor?: string }
  if (end.cursor !== cursor || !isUpToDate)
    return [`a snapshot at ${end.cursor} while the log is followed to ${cursor}`]
  model.compare(lines)
  const letters = await countLetters(url)
  if (letters !== deadLetters) fail(`I12: ${deadLetters} bad records were sent, ${letters} are dead letters`)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  if (metrics.includes(settings.secret)) fail('I9: a secret in /metrics')
  return null
}

async function countLetters(url: string): Promise<number> {
  let letters = 0
  for (let page: string | null = ''; page !== null; ) {
    const answer = await fetch(`${url}/v1/deadletters?limit=1000${page === '' ? '' : `&page=${page}`}`)
    const body = (await answer.json()) as { deadletters: object[]; page: string | null }
    letters += body.deadletters.length
    page = body.page
  }
  return letters
}

async function settle(deadLetters: number): Promise<void> {
  const until = performance.now() + settleWithinMs
  let missing: string[] | null = ['the server never came up']
  while (missing !== null && performance.now() < until) {
    await sleep(200)
    if (server !== null) missing = await compareNow(server.url, deadLetters).catch((error) => [String(error)])
  }
  for (const one of missing ?? []) fail(one)
  settles++
  say({ kind: 'settled' })
}

function sample(): void {
  const held = server === null ? null : lookAt(server.pid, settings.dataDir, settings.temporary)
  if (held === null) return
  const { strays: found, ...rest } = held
  // A file that was written a moment ago may still get its name.
  for (const stray of found) if (strays.includes(stray)) fail(`a file that nobody knows: ${stray}`)
  strays = found
  if (held.rssBytes > settings.maxRssBytes) fail(`I10: ${Math.round(held.rssBytes / 1e6)} MB of memory`)
  if (isUndisturbed) samples.push({ ...rest, atMs: performance.now() - startedAt, life })
}

async function take(message: ToChecker): Promise<void> {
  if (message.kind === 'up') {
    life++
    server = message
  } else if (message.kind === 'down') server = null
  else if (message.kind === 'acknowledged') for (const [key, n] of message.keys) acknowledged.set(key, n)
  else if (message.kind === 'leaving') for (const key of message.keys) model.leaving(key)
  else if (message.kind === 'settle') await settle(message.deadLetters)
  else if (message.kind === 'undisturbed') isUndisturbed = true
  else {
    const { changes, live } = model
    const unique = [...new Set([...model.problems, ...problems])]
    say({ kind: 'result', problems: unique, changes, live, settles, reconnects, samples })
    process.exit(0)
  }
}

setInterval(sample, sampleEveryMs)
void follow()
for await (const line of createInterface({ input: process.stdin })) void take(JSON.parse(line))
isEnding = true
process.exit(1)
