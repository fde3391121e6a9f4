import { expect } from 'bun:test'
import { observed, startTestServer, until } from '../api/test-server.ts'
import { fillEstate } from '../test/page/estate.ts'
import { inBrowser, openPage } from './browser.case.ts'

inBrowser('resources are narrowed by counts and found by search, and the address keeps both', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(`${server.url}/resources`)
  const { page, complaints } = opened
  const rows = page.locator('tbody tr')
  await page.getByRole('link', { name: 'apps.Deployment 3' }).click()
  await page.waitForURL('**/resources?type=apps.Deployment')
  await until('the list is narrowed', async () => (await rows.count()) === 3)
  await page.keyboard.press('/')
  await page.keyboard.type('checkout')
  await page.keyboard.press('Enter')
  await until('it is found', async () => (await rows.count()) === 1)
  expect(new URL(page.url()).search).toBe('?type=apps.Deployment&q=checkout')
  await rows.getByRole('link', { name: 'checkout' }).click()
  await page.locator('#version').waitFor()
  expect(complaints).toEqual([])
})

inBrowser('the list goes on page by page', async () => {
  await using server = await startTestServer()
  await server.ingest(...Array.from({ length: 150 }, (_, n) => observed(`r${String(n).padStart(3, '0')}`)))
  await using opened = await openPage(`${server.url}/resources`)
  const { page } = opened
  const rows = page.locator('tbody tr')
  await until('a page is there', async () => (await rows.count()) === 100)
  expect(await page.locator('.page-head').innerText()).toContain('150 resources')
  await page.getByRole('link', { name: 'Next page' }).click()
  await until('the next is there', async () => (await rows.count()) === 50)
  await page.getByRole('link', { name: 'First page' }).click()
  await until('the first is back', async () => (await rows.count()) === 100)
})

inBrowser('changes up to a moment are listed without those after it', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  await server.ingest(observed('a', { size: 2 }))
  const history = await server.get(`/v1/resources/${encodeURIComponent('aws/1/eu-west-1/vm/a')}/history`)
  const { changes } = (await history.json()) as { changes: { cursor: string }[] }
  await using opened = await openPage(`${server.url}/changes?at=${changes[1]?.cursor}`)
  const { page } = opened
  await page.locator('.past-list .change').waitFor()
  expect(await page.locator('.past-list .change').count()).toBe(1)
  await page.getByRole('link', { name: 'Back to now' }).click()
  await until('both are there', async () => (await page.locator('.scroller .change').count()) === 2)
})

inBrowser('the overview draws what changed in the last hour', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  await server.ingest(observed('a', { size: 2 }))
  await using opened = await openPage(server.url)
  const { page } = opened
  await page.locator('#activity rect').nth(1).waitFor()
  expect(await page.locator('#activity figcaption').innerText()).toMatch(/1\s+created\s+1\s+changed\s+0\s+deleted/)
})

inBrowser('who may only read sees that in the settings', async () => {
  const token = 'reader-token-0001'
  await using server = await startTestServer({ tokens: { read: [token], ingest: ['sender-token-0001'], admin: [] } })
  await using opened = await openPage(`${server.url}/settings`)
  const { page } = opened
  await page.locator('#token-text').fill(token)
  await page.locator('#token-text').press('Enter')
  await page.locator('#rights dt').waitFor()
  expect(await page.locator('#rights dt').allTextContents()).toEqual(['read'])
})
