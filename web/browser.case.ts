import { afterAll, test } from 'bun:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { needs } from '../test/lanes.ts'

let browser: Browser | null = null
afterAll(async () => {
  await browser?.close()
  browser = null
})

/** A page in a browser of its own kind; what it logs as an error, what the policy refuses, and what it asks of another host is collected. */
export interface Opened extends AsyncDisposable {
  readonly page: Page
  readonly complaints: string[]
}

export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  browser ??= await chromium.launch({ executablePath: needs.chromium.found ?? '', args: ['--no-sandbox'] })
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  // What the content security policy refuses is an error of the console.
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(`asked ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** Runs where there is a browser. */
export const inBrowser = (title: string, run: () => Promise<void>, timeoutMs = 120_000): void =>
  test.skipIf(needs.chromium.found === null)(title, run, timeoutMs)

export const isLive = (page: Page): Promise<void> => page.locator('#connection[data-state=live]').waitFor()
