import { expect } from 'bun:test'
import { startTestServer } from '../api/test-server.ts'
import { inBrowser, isLive, openPage } from './browser.case.ts'

const readerToken = 'reader-token-0001'
const senderToken = 'sender-token-0001'
const tokens = { read: [readerToken], ingest: [senderToken], admin: [] }

inBrowser('where tokens are configured the page asks for one and then works, panels too', async () => {
  await using server = await startTestServer({ tokens })
  await using opened = await openPage(`${server.url}/scopes`)
  const { page } = opened
  await page.locator('#token-text').fill(readerToken)
  await page.locator('#token-text').press('Enter')
  await isLive(page)
  expect(await page.locator('#token').count()).toBe(0)
  await page.getByText('Nothing is watched yet.').waitFor()
})

inBrowser('a token without the right is refused by name, panel by panel', async () => {
  await using server = await startTestServer({ tokens })
  await using opened = await openPage(`${server.url}/scopes`)
  const { page } = opened
  await page.locator('#token-text').fill(senderToken)
  await page.locator('#token-text').press('Enter')
  await page.getByText('The token has the right "ingest", this needs "read"').first().waitFor()
  expect(await page.locator('.state').innerText()).toContain('Not allowed.')
})

inBrowser('the keyboard leads everywhere: pages by g, rows by j and k, and ? shows the keys', async () => {
  await using server = await startTestServer()
  await using opened = await openPage(server.url)
  const { page, complaints } = opened
  await page.locator('h1').waitFor({ state: 'attached' })
  for (const [key, path] of [
    ['d', 'drift'],
    ['c', 'changes'],
    ['s', 'scopes'],
    ['o', ''],
  ] as const) {
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    await page.waitForURL(`${server.url}/${path}`)
  }
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' })
  await page.goBack()
  expect(new URL(page.url()).pathname).toBe('/scopes')
  await page.getByRole('heading', { name: 'Scopes' }).waitFor()
  expect(complaints).toEqual([])
})

inBrowser('theme and zone are kept, and a page that is not there says so', async () => {
  await using server = await startTestServer()
  await using opened = await openPage(server.url)
  const { page } = opened
  await page.getByLabel('Theme').selectOption('dark')
  await page.getByLabel('Times').selectOption('utc')
  await page.reload()
  expect(await page.getByLabel('Theme').inputValue()).toBe('dark')
  expect(await page.getByLabel('Times').inputValue()).toBe('utc')
  expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark')
})
