import { expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { ServerProcess } from '../server-process.ts'
import { growth, type Sample, slopeAMinute } from './growth.ts'
import { lookAt } from './process-watch.ts'

const events = 1_000_000
const keys = 10_000
const inARequest = 500
const atOnce = 4
const requestsASample = 40

/** Events of one request: each resource is another than the last time that it came. */
function bodyOf(request: number): string {
  const lines: string[] = []
  for (let n = request * inARequest; n < (request + 1) * inARequest; n++) {
    const configuration = { n, text: 'x'.repeat(200) }
    const resource = { id: `thing-${n % keys}`, type: 'thing', provider: 'test', configuration }
    lines.push(JSON.stringify({ kind: 'observed', scope: `push/-/-/many-${n % 8}`, resource }))
  }
  return `${lines.join('\n')}\n`
}

/** Reads everything, and counts the changes. */
async function follow(url: string, stop: AbortSignal, count: (changes: number) => void): Promise<void> {
  const answer = await fetch(`${url}/v1/changes?offset=now&live=sse&documents=false`, { signal: stop })
  try {
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? [])
      count(piece.split('event: change\n').length - 1)
  } catch (error) {
    if (!stop.aborted) throw error
  }
}

test('I10: a million changes with two followers and retention leave memory, descriptors and threads where they were', async () => {
  await using server = new ServerProcess({ retention: { size: '64MB' } })
  const temporary = path.join(server.folder, 'tmp')
  mkdirSync(temporary)
  await server.start()
  const stop = new AbortController()
  let followed = 0
  const followers = [1, 2].map(() => follow(server.url, stop.signal, (changes) => (followed += changes)))

  const samples: Sample[] = []
  const startedAt = performance.now()
  let next = 0
  let committed = 0
  const send = async () => {
    for (let request = next++; request < events / inARequest; request = next++) {
      const answer = await fetch(`${server.url}/v1/ingest`, { method: 'POST', body: bodyOf(request) })
      expect(answer.status).toBe(200)
      committed += ((await answer.json()) as { changes: number }).changes
      if (request % requestsASample !== 0) continue
      const held = lookAt(server.pid, server.dataDir, temporary)
      if (held === null) throw new Error('the server is gone')
      samples.push({ ...held, atMs: performance.now() - startedAt, life: 1 })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, send))
  stop.abort()
  await Promise.all(followers)

  const rss = samples.map(({ rssBytes }) => Math.round(rssBytes / 1e6))
  console.log(`${committed} changes in ${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${followed} followed`)
  console.log(
    `MB: ${rss.join(' ')}; ${(slopeAMinute(samples, ({ rssBytes }) => rssBytes) / 1e6).toFixed(2)} MB a minute`,
  )
  console.log(`WAL at most ${Math.round(Math.max(...samples.map(({ walBytes }) => walBytes)) / 1e6)} MB`)
  expect(committed).toBe(events)
  expect(growth(samples)).toEqual([])
  expect(await server.stop()).toBe(0)
}, 1_500_000)
