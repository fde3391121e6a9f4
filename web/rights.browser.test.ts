import { expect } from 'bun:test'
import { createApp } from '../api/app.ts'
import { serve } from '../api/server.ts'
import { observed, scanOf, startTestServer, type TestServer, until } from '../api/test-server.ts'
import { desired, liveScopeOf, reading, scanOf as scanOfResources, stateScope } from '../pipeline/drift/estate.case.ts'
import { inBrowser, isLive, type Opened, openPage } from './browser.case.ts'

const own = 'aws/111/eu-west-1/vm'
const other = 'aws/222/eu-west-1/vm'
const web = { token: 'team-web-token-001', name: 'team-web', within: ['aws/111/', 'terraform/web/'] }
const sender = 'sender-token-0001'
const tokens = { read: [web, 'reader-token-0001'], ingest: [sender], admin: [] }

async function send(server: TestServer, ...records: object[]): Promise<void> {
  const body = records.map((record) => JSON.stringify(record)).join('\n')
  const headers = { authorization: `Bearer ${sender}` }
  expect((await server.get('/v1/ingest', { method: 'POST', body, headers })).status).toBe(200)
}

async function signIn({ page }: Opened, token: string): Promise<void> {
  await page.locator('#token-text').fill(token)
  await page.locator('#token-text').press('Enter')
}

inBrowser(
  'a token that sees some scopes works on every page within them, and what it may not see is named as such',
  async () => {
    await using server = await startTestServer({ tokens })
    for (const scope of [own, other])
      await send(server, ...scanOf('s1', ['a', 'b'], scope), observed('a', { size: 2 }, scope))
    for (const name of ['web', 'secret']) {
      const instance = desired(`toy_web.${name}`, { size: 1 })
      await send(server, ...scanOfResources(stateScope(name), 's1', [instance]))
      await send(server, ...scanOfResources(liveScopeOf(name), 'l1', [reading(instance, { size: 2 })]))
    }
    await server.drift.whenCaughtUp()
    await using opened = await openPage(server.url)
    const { page } = opened
    await signIn(opened, web.token)
    await isLive(page)
    await page.locator('#reach').getByText('Sees aws/111/, terraform/web/ only').waitFor()

    // The page, what of it is there, and which of its panels say that they are not allowed.
    const expected: readonly (readonly [address: string, shows: string, denied: readonly string[]])[] = [
      ['', '#drift .line', ['activity']],
      ['drift', '.row-head', []],
      ['changes', '.scroller .change', []],
      ['resources', 'tbody tr', []],
      [`resource?key=${own}/a`, '#document .soft', []],
      ['scopes', '.scope-line .name', []],
      ['compare?from=1h', '.page-head', ['baselines']],
      ['suppressed', '.state', ['']],
      ['deadletters', '.state', ['']],
      ['settings', '#rights dt', ['configuration']],
    ]
    for (const [address, shows, denied] of expected) {
      await page.goto(`${server.url}/${address}`)
      await page.locator(shows).first().waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      const refused = page.locator('.state', { hasText: 'Not allowed.' })
      await until(`${address} names what is not allowed`, async () => (await refused.count()) === denied.length)
      for (const panel of denied) {
        const text = await (panel === '' ? page.locator('main') : page.locator(`#${panel}`)).innerText()
        expect([
          address,
          text.match(/The token (sees aws\/111\/, terraform\/web\/, and not|has the right "read", this needs)/)?.length,
        ]).toEqual([address, 2])
      }
      const all = await page.locator('main').innerText()
      expect([address, all.includes('222'), all.includes('secret')]).toEqual([address, false, false])
    }
  },
)

inBrowser(
  'a token that is revoked meanwhile is said so beside what was seen before, and another one goes on',
  async () => {
    await using server = await startTestServer()
    await server.ingest(...scanOf('s1', ['a', 'b'], own))
    const { engine } = server
    const front = (read: readonly string[], port: number) => {
      const known = { read, ingest: [], admin: [] }
      const app = createApp({
        engine,
        metrics: { contentType: 'text/plain', render: async () => '' },
        emit: () => undefined,
        version: '0.0.0',
        tokens: known,
      })
      return serve({ app, listen: { host: '127.0.0.1', port }, tokens: known })
    }
    const before = await front(['reader-token-0001'], 0)
    await using opened = await openPage(`${before.url}/scopes`)
    const { page } = opened
    await signIn(opened, 'reader-token-0001')
    await page.locator('.scope-line .name').first().waitFor()
    await isLive(page)
    await before[Symbol.asyncDispose]()
    await using _ = await front(['reader-token-0002'], Number(new URL(before.url).port))
    await page.locator('#connection[data-state=refused]').waitFor({ timeout: 60_000 })
    await page.locator('#trouble').getByText('The token is not known').waitFor()
    await page
      .locator('.late-note')
      .getByText(/As of .*: The token is not known/)
      .waitFor({ timeout: 60_000 })
    // Another page, of which nothing was seen, has no picture at all.
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.locator('.state', { hasText: 'Not allowed. The token is not known' }).first().waitFor()
    await signIn(opened, 'reader-token-0002')
    await isLive(page)
    await page.locator('.pages a', { hasText: 'Scopes' }).click()
    await page.locator('.scope-line .name').first().waitFor()
    expect(await page.locator('.late-note').count()).toBe(0)
  },
)
