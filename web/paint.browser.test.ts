import { expect } from 'bun:test'
import { createServer } from 'node:http'
import { startTestServer } from '../api/test-server.ts'
import { fillEstate } from '../test/page/estate.ts'
import { inBrowser, openPage } from './browser.case.ts'

/** What shows that data has come. */
const shown: readonly (readonly [address: string, data: string])[] = [
  ['', '#scopes-count'],
  ['changes', '.scroller .change, .scroller .first-sights'],
  ['drift', '.row-head'],
  ['resources', 'main a.name, main [role=treeitem], tbody tr'],
  ['scopes', '.scope-line .name'],
]
const rounds = 4
/** Of the time that an empty page takes. Below 4 on a quiet machine. */
const budget = 6

async function emptyPage() {
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end('<!doctype html><title>empty</title><main><p>data</p></main>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/`, [Symbol.dispose]: () => void server.close() }
}

/** Milliseconds from asking for a page, in a browser that knows nothing of it, until something of it is in sight. */
async function untilShown(empty: string, url: string, data: string): Promise<number> {
  await using opened = await openPage(empty)
  const startedMs = performance.now()
  await opened.page.goto(url, { waitUntil: 'commit' })
  await opened.page.locator(data).first().waitFor()
  return performance.now() - startedMs
}

inBrowser('data is on every page within a few times what an empty page takes', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  using empty = await emptyPage()
  // Each beside an empty page of the same moment, and the best of some rounds: what else runs on this machine makes a time only longer.
  const ratios = new Map<string, number>()
  await untilShown(empty.url, `${server.url}/`, '#scopes-count')
  for (let round = 0; round < rounds; round++)
    for (const [address, data] of shown) {
      const emptyMs = await untilShown(empty.url, `${empty.url}again`, 'main p')
      const ratio = (await untilShown(empty.url, `${server.url}/${address}`, data)) / emptyMs
      ratios.set(address, Math.min(ratio, ratios.get(address) ?? ratio))
    }
  expect([...ratios].filter(([, ratio]) => !(ratio < budget))).toEqual([])
})
