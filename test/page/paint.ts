import { createServer } from 'node:http'
import { type Browser, chromium } from 'playwright-core'
import { needs } from '../lanes.ts'

/** A page, and what shows that data has come. */
export type Shown = readonly [address: string, data: string]

export const shownOnPages: readonly Shown[] = [
  ['', '#scopes-count'],
  ['changes', '.scroller .change, .scroller .first-sights'],
  ['resources', 'main a.name, main [role=treeitem], tbody tr'],
  ['scopes', '.scope-line .name'],
]
export const shownOnDrift: Shown = ['drift', '.row-head']

/** Until data is in sight, in a browser that knows nothing of the page, and until an empty page is, at the same moment. Milliseconds. */
export interface Painted {
  readonly ms: number
  readonly emptyMs: number
}

async function emptyPage() {
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end('<!doctype html><title>empty</title><main><p>data</p></main>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/`, [Symbol.dispose]: () => void server.close() }
}

async function untilShown(browser: Browser, empty: string, url: string, data: string): Promise<number> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(empty)
    const startedMs = performance.now()
    await page.goto(url, { waitUntil: 'commit' })
    await page.locator(data).first().waitFor()
    return performance.now() - startedMs
  } finally {
    await context.close()
  }
}

/**
 * Opens each page some times, each beside an empty one, and takes the best ratio: what else runs on this machine makes a time only longer.
 * @param url of vaino, ending with `/`
 */
export async function measurePaint(
  url: string,
  pages: readonly Shown[],
  rounds: number,
): Promise<ReadonlyMap<string, Painted>> {
  const browser = await chromium.launch({ executablePath: needs.chromium.found ?? '', args: ['--no-sandbox'] })
  try {
    using empty = await emptyPage()
    const best = new Map<string, Painted>()
    const ratioOf = ({ ms, emptyMs }: Painted) => ms / emptyMs
    for (const [address, data] of pages.slice(0, 1)) await untilShown(browser, empty.url, `${url}${address}`, data)
    for (let round = 0; round < rounds; round++)
      for (const [address, data] of pages) {
        const emptyMs = await untilShown(browser, empty.url, `${empty.url}again`, 'main p')
        const painted = { ms: await untilShown(browser, empty.url, `${url}${address}`, data), emptyMs }
        const before = best.get(address)
        if (before === undefined || ratioOf(painted) < ratioOf(before)) best.set(address, painted)
      }
    return best
  } finally {
    await browser.close()
  }
}
