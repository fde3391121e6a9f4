import { expect } from 'bun:test'
import { observed, startTestServer, until } from '../api/test-server.ts'
import { fillEstate } from '../test/page/estate.ts'
import { inBrowser, openPage } from './browser.case.ts'

inBrowser('resources are narrowed by counts and found by search, and the address keeps both', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(`${server.url}/resources?by=counts`)
  const { page, complaints } = opened
  const rows = page.locator('tbody tr')
  await page.getByRole('link', { name: 'apps.Deployment 3' }).click()
  await page.waitForURL('**/resources?by=counts&type=apps.Deployment')
  await until('the list is narrowed', async () => (await rows.count()) === 3)
  await page.keyboard.press('/')
  await page.keyboard.type('checkout')
  await page.keyboard.press('Enter')
  await until('it is found', async () => (await rows.count()) === 1)
  expect(new URL(page.url()).search).toBe('?by=counts&type=apps.Deployment&q=checkout')
  await rows.getByRole('link', { name: 'checkout' }).click()
  await page.locator('#version').waitFor()
  expect(complaints).toEqual([])
})

inBrowser(
  'the tree leads from a provider to a type and from a state to an address, with what has drifted',
  async () => {
    await using server = await startTestServer()
    await fillEstate(server)
    await using opened = await openPage(`${server.url}/resources`)
    const { page, complaints } = opened
    const tree = page.locator('.tree')
    const open = (name: string) => tree.getByRole('button', { name: `Inside ${name}`, exact: true }).press('Enter')
    await open('111122223333')
    await open('eu-west-1')
    await tree.getByRole('link', { name: 'aws_sqs_queue 14' }).click()
    await page.waitForURL('**/resources?key_prefix=aws%2F&account=111122223333&location=eu-west-1&type=aws_sqs_queue')
    await until('the list is narrowed', async () => (await page.locator('tbody tr').count()) === 14)
    // A reload opens what leads to the chosen place.
    await page.reload()
    const chosen = tree.locator('a[aria-current]')
    await chosen.waitFor()
    expect(await chosen.innerText()).toMatch(/aws_sqs_queue\s*14/)

    await tree.getByRole('button', { name: 'Inside prod', exact: true }).last().click()
    await tree.getByRole('link', { name: 'module.orders 2 drifted, 2' }).click()
    await until('the list has the module alone', async () => (await page.locator('tbody tr').count()) === 2)
    expect(await page.locator('tbody .badge').allTextContents()).toEqual(['changed', 'changed'])
    await open('module.orders')
    await tree.getByRole('link', { name: 'aws_db_instance.main' }).click()
    await page.locator('#version').waitFor()
    expect(complaints).toEqual([])
  },
)

inBrowser('resources are found by their tags, and the columns of the list are kept in this browser', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(`${server.url}/resources`)
  const { page, complaints } = opened
  await page.locator('tbody tr').first().waitFor()
  await page.keyboard.press('f')
  await page.getByLabel('Tag', { exact: true }).fill('team=orders')
  await page.getByLabel('Tag', { exact: true }).press('Enter')
  await page.waitForURL('**/resources?tag.team=orders')
  await until('the list is narrowed', async () => (await page.locator('tbody tr').count()) === 7)
  await page.getByText('Columns').first().click()
  await page.getByLabel('Tags').check()
  await page.getByRole('checkbox', { name: 'Scope' }).uncheck()
  await page.locator('td[data-column=tags]', { hasText: 'team=orders' }).first().waitFor()
  await page.reload()
  await page.locator('td[data-column=tags]').first().waitFor()
  expect(await page.locator('thead th').allTextContents()).toEqual(['Name', 'Type', 'Tags', 'Changed'])
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

inBrowser('the settings show the configuration to who may administer, and name the right to others', async () => {
  const tokens = { read: ['reader-token-0001'], ingest: [], admin: ['admin-token-00001'] }
  await using server = await startTestServer({ tokens })
  for (const [token, shown] of [
    [tokens.admin[0], 'Every key has its default.'],
    [tokens.read[0], 'this needs "admin"'],
  ] as const) {
    await using opened = await openPage(`${server.url}/settings`)
    const { page } = opened
    await page.locator('#token-text').fill(token ?? '')
    await page.locator('#token-text').press('Enter')
    await page.locator('#configuration').getByText(shown).waitFor()
    await page.locator('#rights dt').first().waitFor()
  }
})

inBrowser('as of an earlier moment, what shows now all the same says so', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  for (const [address, notes] of [
    ['', 3],
    ['scopes', 1],
    ['suppressed', 1],
    ['deadletters', 1],
    ['resources', 0],
  ] as const) {
    await using opened = await openPage(`${server.url}/${address}?at=${new Date().toISOString()}`)
    const { page } = opened
    await page.locator('.past').waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
    expect([address, await page.locator('.now-note').count()]).toEqual([address, notes])
  }
})
