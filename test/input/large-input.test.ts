import { expect, test } from 'bun:test'
import { ServerProcess } from '../server-process.ts'

/** As configurations write it. */
const MB = 1024 * 1024
/** `memory_optimization.max_memory_usage` where nothing else is said. */
const memoryLimit = 524_288_000
const scope = 'push/-/-/things'

/** Does something while the server's memory is watched. @returns the most that it had */
async function peakOf(server: ServerProcess, work: () => Promise<void>): Promise<number> {
  let peak = server.residentBytes
  const watch = setInterval(() => {
    peak = Math.max(peak, server.residentBytes)
  }, 10)
  try {
    await work()
  } finally {
    clearInterval(watch)
  }
  return peak
}

const observed = (id: string, text: string, into = scope) =>
  `{"kind":"observed","scope":"${into}","resource":{"id":"${id}","type":"t","provider":"p","configuration":{"text":"${text}"}}}\n`

/** A body that is made while it is sent, so that its size is not known before and this process does not hold it. */
function streamOf(pieces: Iterable<string>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]()
  return new ReadableStream({
    pull(controller) {
      const next = iterator.next()
      if (next.done) controller.close()
      else controller.enqueue(Buffer.from(next.value))
    },
  })
}
const send = (server: ServerProcess, body: ReadableStream | string) =>
  fetch(`${server.url}/v1/ingest`, { method: 'POST', body, duplex: 'half' } as RequestInit)

function* oneLine(bytes: number): Generator<string> {
  yield observed('before', 'small')
  yield observed('large', '').slice(0, -4)
  const piece = 'x'.repeat(MB / 8)
  for (let n = 0; n < bytes; n += piece.length) yield piece
  yield `"}}}\n${observed('after', 'small')}`
}

const onLinux = test.skipIf(process.platform !== 'linux')

onLinux(
  'I10, I12, I13: a line of 200 MB is a dead letter, the records around it are applied, and memory stays within its bound',
  async () => {
    await using server = new ServerProcess({ limits: { body_size: '400MB' } })
    await server.start()
    const before = server.residentBytes
    const peak = await peakOf(server, async () => {
      const answer = await send(server, streamOf(oneLine(200 * MB)))
      expect(await answer.json()).toMatchObject({ records: 3, changes: 2, dead_letters: 1 })
    })
    console.log(`${Math.round(before / MB)} MB before, ${Math.round(peak / MB)} MB at most`)
    expect(peak).toBeLessThan(before + 150 * MB)
    const letters = await (await fetch(`${server.url}/v1/deadletters`)).json()
    expect(letters).toMatchObject({
      deadletters: [
        {
          reason: expect.stringMatching(/^too_large: 2097153\d\d bytes, the limit is 20971520$/),
          at: expect.any(String),
          source: 'ingest line 2',
          preview: expect.stringContaining('"id":"large"'),
        },
      ],
    })
  },
  60_000,
)

onLinux(
  'I10: a body over its limit is refused with 413, before it is read where it says its size, and the server goes on',
  async () => {
    await using server = new ServerProcess()
    await server.start()
    const peak = await peakOf(server, async () => {
      const unsized = await send(server, streamOf(oneLine(200 * MB))).then(
        (answer) => answer.status,
        // The server may hang up before it is sent.
        () => 413,
      )
      expect(unsized).toBe(413)
      const sized = await send(server, 'x'.repeat(70 * MB))
      expect([sized.status, await sized.json()]).toMatchObject([413, { code: 'too_large', hint: expect.any(String) }])
    })
    expect(peak).toBeLessThan(memoryLimit)
    expect(await (await send(server, observed('a', 'small'))).json()).toMatchObject({ records: 1, changes: 1 })
  },
  60_000,
)

onLinux(
  'I10, I12: a resource just under 20 MB is kept, compared and served; one just over is a dead letter',
  async () => {
    await using server = new ServerProcess()
    await server.start()
    // As a real one: many fields, one of which changes.
    const fields = Array.from({ length: 20_000 }, (_, n) => `"field-${n}":"${'x'.repeat(1_000)}"`).join()
    const large = (version: string, more = '') =>
      observed('large', version).replace('"text"', `${fields},"more":"${more}","text"`)
    expect(large('1').length).toBeLessThan(20 * MB)
    const peak = await peakOf(server, async () => {
      expect(await (await send(server, large('1'))).json()).toMatchObject({ changes: 1, dead_letters: 0 })
      expect(await (await send(server, large('1'))).json()).toMatchObject({ changes: 0, dead_letters: 0 })
      expect(await (await send(server, large('2'))).json()).toMatchObject({ changes: 1, dead_letters: 0 })
      const found = await fetch(`${server.url}/v1/resources/${encodeURIComponent(`${scope}/large`)}`)
      expect(await found.json()).toMatchObject({ version: 2, resource: { configuration: { text: '2' } } })
      const over = large('3', 'x'.repeat(20 * MB - large('3').length + 2))
      expect(await (await send(server, over)).json()).toMatchObject({ changes: 0, dead_letters: 1 })
    })
    console.log(`${Math.round(peak / MB)} MB at most`)
    expect(peak).toBeLessThan(memoryLimit)
  },
  60_000,
)

onLinux(
  'I10: a flood of requests, many times what is let in at once, is taken without more memory than allowed',
  async () => {
    const requests = 60
    const linesEach = 3_000
    await using server = new ServerProcess({ partitions: 8 })
    await server.start()
    function* pieces(request: number): Generator<string> {
      for (let n = 0; n < linesEach; n += 50) {
        yield Array.from({ length: 50 }, (_, i) =>
          observed(`${request}-${n + i}`, 'x'.repeat(900), `push/-/-/things-${(n + i) % 60}`),
        ).join('')
      }
    }
    const answers = new Map<number, number>()
    const sendUntilTaken = async (request: number): Promise<void> => {
      for (;;) {
        const answer = await send(server, streamOf(pieces(request)))
        const said = (await answer.json()) as { changes?: number }
        answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1)
        if (answer.status === 200) {
          expect(said).toMatchObject({ records: linesEach, changes: linesEach, dead_letters: 0 })
          return
        }
        expect([answer.status, said]).toMatchObject([429, { code: 'busy' }])
        expect(answer.headers.get('retry-after')).toBe('1')
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
    const peak = await peakOf(server, async () => {
      await Promise.all(Array.from({ length: requests }, (_, n) => sendUntilTaken(n)))
    })
    console.log(`${Math.round(peak / MB)} MB at most`, Object.fromEntries(answers))
    expect(peak).toBeLessThan(memoryLimit)
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(Number(/^vaino_backpressure_events_total\{source="ingest"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0)
  },
  120_000,
)
