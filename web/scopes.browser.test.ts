import { expect } from 'bun:test'
import { observed, startTestServer, until } from '../api/test-server.ts'
import { fillEstate } from '../test/page/estate.ts'
import { inBrowser, openPage } from './browser.case.ts'

inBrowser('scopes that need a look come first, with their errors and what to do', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(`${server.url}/scopes`)
  const { page, complaints } = opened
  const scopes = page.locator('.scope')
  await scopes.nth(2).waitFor()
  expect(await scopes.nth(0).getAttribute('data-status')).toBe('held')
  expect(await scopes.nth(1).innerText()).toMatch(/failing[\s\S]*AccessDenied: role\/vaino[\s\S]*vaino doctor/)
  await page.locator('.tabs a', { hasText: 'failing' }).click()
  await page.waitForURL('**/scopes?status=failing')
  await scopes.nth(1).waitFor({ state: 'detached' })
  expect(complaints).toEqual([])
})

inBrowser('held deletes are released after a confirmation that repeats how many', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(`${server.url}/scopes?status=held`)
  const { page } = opened
  await page.getByRole('button', { name: 'Release' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete 9 resources?' })
  expect(await dialog.innerText()).toContain('aws/111122223333/eu-west-1/aws_sqs_queue')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  const held = async () => (await (await server.get('/v1/scopes')).text()).includes('"status":"held"')
  expect(await held()).toBe(true)
  await page.getByRole('button', { name: 'Release' }).click()
  await dialog.getByRole('button', { name: 'Release' }).click()
  await page.getByText('No scope has this status.').waitFor()
  expect(await held()).toBe(false)
})

inBrowser('who may only read is told which right an act needs, where the act is', async () => {
  const tokens = { read: ['reader-token-0001'], ingest: [], admin: ['admin-token-00001'] }
  await using server = await startTestServer({ tokens })
  const scope = 'aws/1/-/vm'
  const scan = (name: string, ids: string[]) => [
    { kind: 'scan.begin', scope, scan: name },
    ...ids.map((id) => ({ ...observed(id, {}, scope), scan: name })),
    { kind: 'scan.end', scope, scan: name, complete: true, count: ids.length },
  ]
  const body = [...scan('s1', ['a', 'b', 'c']), ...scan('s2', [])]
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('')
  await server.get('/v1/ingest', { method: 'POST', body, headers: { authorization: 'Bearer admin-token-00001' } })
  await using opened = await openPage(`${server.url}/scopes`)
  const { page } = opened
  await page.locator('#token-text').fill('reader-token-0001')
  await page.locator('#token-text').press('Enter')
  await page.getByRole('button', { name: 'Keep' }).click()
  const dialog = page.getByRole('dialog', { name: 'Keep 3 resources?' })
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await dialog.getByText('this needs "admin"').waitFor()
})

inBrowser('records that could not be used are listed with their reason and how they began', async () => {
  await using server = await startTestServer()
  await server.get('/v1/ingest', { method: 'POST', body: 'not JSON <b>at all</b>\n' })
  await using opened = await openPage(`${server.url}/deadletters`)
  const letters = opened.page.locator('.letters li')
  await letters.waitFor()
  expect(await letters.locator('pre').textContent()).toContain('not JSON <b>at all</b>')
})

inBrowser('of many scopes forty are drawn, and the others at a press', async () => {
  await using server = await startTestServer()
  await server.ingest(...Array.from({ length: 70 }, (_, n) => observed('a', {}, `aws/1/eu-west-1/type_${n}`)))
  await using opened = await openPage(`${server.url}/scopes`)
  const { page } = opened
  const rows = page.locator('.scopes > .scope')
  await until('the first are there', async () => (await rows.count()) === 40)
  await page.getByRole('button', { name: 'Show 30 more of 70' }).click()
  await until('all are there', async () => (await rows.count()) === 70)
})
