import { afterAll, expect, test } from 'bun:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { noTokens } from '../api/access.ts'
import { createApp } from '../api/app.ts'
import { serve } from '../api/server.ts'
import { observed, resourceOf, scanOf, startTestServer, testScope, until } from '../api/test-server.ts'
import { desired, liveScopeOf, reading, scanOf as scanOfScope, stateScope } from '../pipeline/drift/estate.case.ts'
import { needs } from '../test/lanes.ts'

let browser: Browser | null = null
afterAll(async () => browser?.close())

/** A fresh page; what it logs as an error, or asks of another host, is collected. */
async function openPage(url: string): Promise<{ page: Page; complaints: string[] } & AsyncDisposable> {
  browser ??= await chromium.launch({ executablePath: needs.chromium.found ?? '', args: ['--no-sandbox'] })
  const context = await browser.newContext()
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(`asked ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

const inBrowser = test.skipIf(needs.chromium.found === null)

inBrowser(
  'the page shows the scopes and the latest changes, and new ones arrive by themselves',
  async () => {
    await using server = await startTestServer()
    await server.ingest(...scanOf('s1', ['a', 'b']), {
      kind: 'observed',
      scope: testScope,
      resource: resourceOf('a', { size: 1, zone: 'x' }),
    })
    await using opened = await openPage(server.url)
    const { page, complaints } = opened
    const rows = page.locator('.change')
    await rows.nth(2).waitFor()
    expect(await page.locator('#connection').textContent()).toBe('Live')
    expect(await page.locator('.scope').count()).toBe(1)
    expect(await page.locator('#resources').textContent()).toBe('2')
    await server.ingest(observed('a', { size: 2, zone: 'x' }))
    await page.locator('.change.new').waitFor()
    const newest = rows.first()
    expect(await newest.locator('.op').textContent()).toBe('changed')
    expect(await newest.locator('.path').textContent()).toBe('configuration.size')
    expect(await newest.locator('.values').textContent()).toBe('1→2')
    expect(await page.locator('#seen').textContent()).toBe('1')
    expect(complaints).toEqual([])
  },
  60_000,
)

inBrowser(
  'what a provider sends is never markup',
  async () => {
    await using server = await startTestServer()
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>'
    await server.ingest(observed(evil, { [evil]: 1 }), observed(evil, { [evil]: evil }))
    await using opened = await openPage(server.url)
    await opened.page.locator('.change').nth(1).waitFor()
    expect(await opened.page.locator('.changes img, .changes script').count()).toBe(0)
    expect(await opened.page.locator('.change .name').first().textContent()).toBe(`name of ${evil}`)
    expect(opened.complaints).toEqual([])
  },
  60_000,
)

inBrowser(
  'the list keeps a bounded number of rows, and a pause holds it still',
  async () => {
    await using server = await startTestServer()
    await using opened = await openPage(server.url)
    const { page } = opened
    await page.locator('#connection[data-state=live]').waitFor()
    const rows = page.locator('.change')
    const flood = (size: number) => server.ingest(...Array.from({ length: 600 }, (_, n) => observed(`r${n}`, { size })))
    await flood(1)
    await until('the list is full', async () => (await rows.count()) === 200)
    await page.locator('#pause').press('Enter')
    const first = await rows.first().getAttribute('data-id')
    await flood(2)
    await page.getByRole('button', { name: /Resume \(\d+ new\)/ }).waitFor()
    expect(await rows.first().getAttribute('data-id')).toBe(first)
    await page.locator('#pause').press('Enter')
    await until('the list goes on', async () => (await rows.first().getAttribute('data-id')) !== first)
    await until('the list is bounded', async () => (await rows.count()) === 200)
  },
  60_000,
)

inBrowser(
  'where tokens are configured the page asks for one and then works',
  async () => {
    const token = 'reader-token-0001'
    await using server = await startTestServer({ tokens: { read: [token], ingest: ['sender-token-0001'], admin: [] } })
    await using opened = await openPage(server.url)
    await opened.page.locator('#token-text').fill(token)
    await opened.page.locator('#token-text').press('Enter')
    await opened.page.locator('#connection[data-state=live]').waitFor()
    expect(await opened.page.locator('#token').isVisible()).toBe(false)
  },
  60_000,
)

inBrowser(
  'the API reference shows every operation and every problem, and follows its links',
  async () => {
    await using server = await startTestServer()
    await using opened = await openPage(`${server.url}/docs#problem-cursor_expired`)
    const { page, complaints } = opened
    await page.locator('#followChanges').waitFor()
    const { paths } = (await (await server.get('/openapi.json')).json()) as { paths: Record<string, object> }
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods))
    expect(await page.locator('article.operation .method').count()).toBe(operations.length)
    expect(await page.locator('#problem-cursor_expired').isVisible()).toBe(true)
    const links = await page
      .locator('#contents a')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
    for (const link of links) expect([link, await page.locator(link).count()]).toEqual([link, 1])
    expect(complaints).toEqual([])
  },
  60_000,
)

inBrowser(
  'the page goes on where it was when the server comes back',
  async () => {
    await using server = await startTestServer()
    const { engine } = server
    const emit = () => {}
    const metrics = { contentType: 'text/plain', render: async () => '' }
    const start = (port: number) => {
      const app = createApp({ engine, metrics, emit, version: '0.0.0' })
      return serve({ app, listen: { host: '127.0.0.1', port }, tokens: noTokens })
    }
    const first = await start(0)
    await using opened = await openPage(first.url)
    const { page } = opened
    await page.locator('#connection[data-state=live]').waitFor()
    await server.ingest(observed('a'))
    await page.locator('.change').waitFor()
    await first[Symbol.asyncDispose]()
    await page.locator('#connection[data-state=lost]').waitFor()
    await server.ingest(observed('b'))
    await using _second = await start(Number(new URL(first.url).port))
    await page.locator('.change').nth(1).waitFor()
    expect(await page.locator('.change .name').allTextContents()).toEqual(['name of b', 'name of a'])
  },
  60_000,
)

inBrowser(
  'drift is listed with its fields, and narrowed by links that the address keeps',
  async () => {
    await using server = await startTestServer()
    const [state, live] = [stateScope('app'), liveScopeOf('app')]
    const web = desired('toy_web.a', { size: 1 })
    const db = desired('toy_db.a', { deletion_protection: true })
    await server.ingest(...scanOfScope(state, 's1', [web, db]))
    await server.ingest(
      ...scanOfScope(live, 'l1', [reading(web, { size: 2 }), reading(db, { deletion_protection: false })]),
    )
    await server.drift.whenCaughtUp()
    await using opened = await openPage(server.url)
    const { page, complaints } = opened
    const rows = page.locator('#drift-items > li')
    await rows.nth(1).waitFor()
    expect(await page.locator('#drift-coverage').textContent()).toStartWith('0 of 2 as Terraform has them · 2 changed')
    await page.locator('#drift-choices a', { hasText: 'high' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/?severity=high#drift')
    await page.locator('#drift-choices a[aria-current]', { hasText: 'high' }).waitFor()
    expect(await rows.count()).toBe(1)
    expect(await rows.first().locator('.path').textContent()).toBe('deletion_protection')
    expect(await rows.first().locator('.values').textContent()).toBe('true→false')
    expect(complaints).toEqual([])
  },
  60_000,
)
