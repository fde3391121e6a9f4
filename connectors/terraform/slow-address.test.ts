import { expect, test } from 'bun:test'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { terraform } from './connector.ts'

/** What an address that sends a part every few milliseconds and never ends leads to. */
async function errorsOf(send: (response: ServerResponse) => void, options: Readonly<Record<string, unknown>>) {
  const timers: ReturnType<typeof setInterval>[] = []
  const server = createServer((_, response) => {
    response.write('{"version": 4, "resources": [')
    timers.push(setInterval(() => send(response), 5))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const sink = recordingSink()
    const { port } = server.address() as AddressInfo
    await scanAll(openSource(terraform, `http://127.0.0.1:${port}/s`, options), sink)
    return sink.scans.flatMap(({ outcome }) => messages(outcome?.errors))
  } finally {
    for (const timer of timers) clearInterval(timer)
    server.closeAllConnections()
    server.close()
  }
}

test('an address that drips for ever is stopped at its deadline, though no single wait is long', async () => {
  const errors = await errorsOf((response) => response.write(' '), { deadline_seconds: 0.3 })
  expect(errors).toEqual(['the scan was stopped after 0.3 s'])
})

test('an address whose answer never ends is cut off at its size', async () => {
  const errors = await errorsOf((response) => response.write(' '.repeat(10_000)), { max_bytes: 50_000 })
  expect(errors).toEqual([expect.stringMatching(/ answers with more than 50000 bytes$/)])
})
