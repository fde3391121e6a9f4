import { afterAll, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { createServer } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import { parse } from 'yaml'
import { siteOf } from '../../api/site.ts'
import { observed, startTestServer, type TestServer, until } from '../../api/test-server.ts'
import { configSchema } from '../../pipeline/config/schema.ts'
import { pages } from '../../web/pages.case.ts'
import { needs } from '../lanes.ts'
import { fillEstate } from '../page/estate.ts'
import { temporaryFolder } from '../terraform/temporary-folder.ts'
import { documentedBlocks, publicName, startCaddy, startNginx, type Upstream } from './running-proxy.ts'

const token = 'reader-token-0001'

let browser: Browser | null = null
afterAll(async () => browser?.close())

/** A context of a browser that finds the public name on this machine. */
async function openContext(options: { readonly httpCredentials?: { username: string; password: string } } = {}) {
  browser ??= await chromium.launch({
    executablePath: needs.chromium.found ?? '',
    args: ['--no-sandbox', `--host-resolver-rules=MAP ${publicName} 127.0.0.1`],
  })
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options })
  return { context, [Symbol.asyncDispose]: () => context.close() }
}

/** A port that nobody listens on: neither proxy takes 0. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

/** What the page says of itself; it has no other origin to ask. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('requestfailed', (request) => {
    // The page gives up a question of its own when it asks a newer one.
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') complaints.push(`failed ${request.url()}: ${why}`)
  })
  page.on('response', (answer) => {
    if (answer.status() >= 400) complaints.push(`${answer.status()} ${answer.url()}`)
  })
  return complaints
}

interface Arranged {
  readonly server: TestServer
  readonly publicUrl: string
}

/** A vaino that is configured as documented, behind a proxy. */
async function arrange(
  start: (upstream: Upstream) => Promise<AsyncDisposable>,
  tokens: { read: string[]; ingest: string[]; admin: string[] },
  check: (arranged: Arranged) => Promise<void>,
): Promise<void> {
  const port = await freePort()
  const publicUrl = `https://${publicName}:${port}/vaino`
  await using server = await startTestServer({ tokens, site: siteOf(publicUrl, []) })
  await using _proxy = await start({ authority: new URL(server.url).host, port })
  await check({ server, publicUrl })
}

const open = { read: [], ingest: [], admin: [] }

/** The page shows what is there and a change as it happens, the reference and its links work, and nothing is refused. */
async function pageWorks({ server, publicUrl }: Arranged): Promise<void> {
  await server.ingest(observed('a', { size: 1 }))
  await using opened = await openContext()
  const page = await opened.context.newPage()
  const complaints = complaintsOf(page)
  // Without the slash, as people type it.
  await page.goto(publicUrl)
  expect(page.url()).toBe(`${publicUrl}/`)
  await page.locator('#connection[data-state=live]').waitFor()
  await page.getByRole('link', { name: 'Changes', exact: true }).click()
  expect(page.url()).toBe(`${publicUrl}/changes`)
  await page.locator('.change').waitFor()
  const sentMs = performance.now()
  await server.ingest(observed('a', { size: 2 }))
  await page.locator('.change.new .path').waitFor()
  // Far below the heartbeat, by which a buffer would be filled sooner or later.
  expect(performance.now() - sentMs).toBeLessThan(10_000)
  expect(await page.locator('#commands').textContent()).toContain(`curl '${publicUrl}/v1/snapshot'`)
  expect(complaints).toEqual([])
  await page.getByRole('link', { name: 'API', exact: true }).click()
  await page.locator('#followChanges').waitFor()
  expect(page.url()).toBe(`${publicUrl}/docs`)
}

const viaProxy = (address: string, init: RequestInit = {}) => {
  const url = new URL(address)
  const authority = url.host
  url.hostname = '127.0.0.1'
  const tls = { rejectUnauthorized: false, serverName: publicName }
  return fetch(url, { ...init, headers: { host: authority, ...init.headers }, tls } as RequestInit)
}

/** Every page, with something on it, opens, leads to pages below its prefix alone, and asks for nothing beside it. */
async function everyPageWorks({ server, publicUrl }: Arranged): Promise<void> {
  await fillEstate(server)
  await using opened = await openContext()
  for (const [address] of pages) {
    const page = await opened.context.newPage()
    const complaints = complaintsOf(page)
    page.on('request', (request) => {
      if (!request.url().startsWith(`${publicUrl}/`)) complaints.push(`asked ${request.url()}`)
    })
    await page.goto(`${publicUrl}/${address}`)
    if (address === 'docs') await page.locator('#followChanges').waitFor()
    else await page.locator('#connection[data-state=live]').waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
    expect([address, await page.locator('h1').count()]).toEqual([address, 1])
    const links = await page.evaluate<string[]>(`[...document.querySelectorAll('a')].map(({ href }) => href)`)
    expect(links.length).toBeGreaterThan(5)
    expect([address, links.filter((link) => !link.startsWith(`${publicUrl}/`))]).toEqual([address, []])
    expect([address, complaints]).toEqual([address, []])
    await page.close()
  }
}

/** What a program meets on the same way: uploads, compression, refusals. */
async function apiWorks({ publicUrl }: Arranged): Promise<void> {
  const large = observed('large', { text: 'x'.repeat(3 * 1024 * 1024) })
  const sent = await viaProxy(`${publicUrl}/v1/ingest`, { method: 'POST', body: `${JSON.stringify(large)}\n` })
  expect(await sent.json()).toMatchObject({ records: 1, dead_letters: 0 })
  const snapshot = await viaProxy(`${publicUrl}/v1/snapshot`, { headers: { 'accept-encoding': 'gzip' } })
  expect(snapshot.headers.get('content-encoding') ?? 'decoded').toMatch(/^(gzip|decoded)$/)
  expect(await snapshot.text()).toContain('"snapshot-end"')
  const foreign = await viaProxy(`${publicUrl}/v1/scopes`, { headers: { origin: 'https://evil.example' } })
  expect(foreign.status).toBe(403)
  const rebound = await viaProxy(`${publicUrl}/v1/scopes`, { headers: { host: 'evil.example' } })
  expect(await rebound.text()).not.toContain('"scopes"')
}

test('the documented configuration is one', () => {
  const [yaml = '', cors = ''] = documentedBlocks('yaml')
  const config = configSchema.parse({ ...parse(yaml), ...parse(cors) })
  expect(config.public_url).toBe(`https://${publicName}/vaino`)
  expect(config.cors_origins).toEqual(['https://dash.example.com'])
})

const nginx = needs.nginx.found ?? ''

test('behind the documented nginx the page works below its prefix, live', () =>
  arrange(
    (upstream) => startNginx(nginx, upstream),
    open,
    async (arranged) => {
      await pageWorks(arranged)
      await apiWorks(arranged)
    },
  ))

test('behind the documented nginx every page opens below its prefix, and leads nowhere else', () =>
  arrange((upstream) => startNginx(nginx, upstream), open, everyPageWorks))

test('where the documented nginx asks for a password, it lends its token to those who know it', async () => {
  const [, location = ''] = documentedBlocks('nginx')
  await using folder = await temporaryFolder()
  const digest = execFileSync('openssl', ['passwd', '-apr1', 'example-only'], { encoding: 'utf8' })
  const passwords = await folder.write('vaino.htpasswd', `ann:${digest}`)
  // The worker of nginx may be another user.
  chmodSync(folder.path, 0o755)
  const more = location.replace('/etc/nginx/vaino.htpasswd', passwords).replace('REPLACE-ME-WITH-A-LONG-TEXT', token)
  const tokens = { read: [token], ingest: ['sender-token-0001'], admin: [] }
  await arrange(
    (upstream) => startNginx(nginx, upstream, more),
    tokens,
    async ({ server, publicUrl }) => {
      expect((await viaProxy(`${publicUrl}/v1/scopes`)).status).toBe(401)
      await using opened = await openContext({ httpCredentials: { username: 'ann', password: 'example-only' } })
      const page = await opened.context.newPage()
      await page.goto(`${publicUrl}/`)
      await page.locator('#connection[data-state=live]').waitFor()
      expect(await page.locator('#token').isVisible()).toBe(false)
      const body = `${JSON.stringify(observed('a'))}\n`
      const authorization = { authorization: 'Bearer sender-token-0001' }
      expect((await server.get('/v1/ingest', { method: 'POST', headers: authorization, body })).status).toBe(200)
      await page.locator('.change').waitFor()
    },
  )
})

test.skipIf(needs.caddy.found === null)('behind the documented Caddy the page works below its prefix, live', () =>
  arrange(
    (upstream) => startCaddy(needs.caddy.found ?? '', upstream),
    open,
    async (arranged) => {
      await pageWorks(arranged)
      await apiWorks(arranged)
    },
  ),
)

test('without public_url a page at another address than Host says what to set', async () => {
  const port = await freePort()
  await using server = await startTestServer()
  const upstream = { authority: new URL(server.url).host, port }
  await using _proxy = await startNginx(nginx, upstream)
  await using opened = await openContext()
  const page = await opened.context.newPage()
  await page.goto(`https://${publicName}:${port}/vaino/`)
  await until('the refusal is shown', async () => (await page.innerText('body')).includes('public_url'))
})
