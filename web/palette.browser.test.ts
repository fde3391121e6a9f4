import { expect } from 'bun:test'
import { startTestServer, until } from '../api/test-server.ts'
import { fillEstate } from '../test/page/estate.ts'
import { inBrowser, isLive, openPage } from './browser.case.ts'

inBrowser('the palette leads to a resource, a scope and a page by the keyboard alone, from a field too', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(`${server.url}/changes`)
  const { page, complaints } = opened
  await isLive(page)
  const field = page.getByRole('combobox', { name: 'Go to a page' })
  const options = page.getByRole('option')
  const find = async (text: string) => {
    await page.keyboard.press('Control+k')
    await field.waitFor()
    await page.keyboard.type(text)
  }
  await page.keyboard.press('/')
  expect(await page.locator('input:focus').getAttribute('placeholder')).toBe('name, id, ARN, tag')
  await find('bastion')
  await options.filter({ hasText: 'aws_security_group.bastion' }).first().waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/resource?key=*bastion')
  await page.locator('#version').waitFor()
  expect(await field.count()).toBe(0)

  await find('kubernetes deploy')
  await options.filter({ hasText: 'kubernetes prod' }).first().waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/resources?scope=kubernetes%2Fprod%2F-%2Fapps.Deployment')

  await find('dri')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/drift')
  // No field of its own: the key opens the palette.
  await page.locator('.drift-row').first().waitFor()
  await page.keyboard.press('/')
  await field.waitFor()
  await page.keyboard.press('Escape')
  await until('it is closed', async () => (await field.count()) === 0)
  expect(complaints).toEqual([])
})

inBrowser('the palette goes to a moment, and says so where nothing has a name', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(`${server.url}/drift`, { timezoneId: 'UTC' })
  const { page, complaints } = opened
  await isLive(page)
  await page.getByRole('button', { name: 'Go to …' }).click()
  await page.keyboard.type('no such thing')
  await page.getByRole('status').filter({ hasText: 'Nothing of that name' }).waitFor()
  const aSecondAgo = () => new Date(Date.now() - 1000).toISOString()
  const isOld = async () => (await server.get(`/v1/drift?at=${aSecondAgo()}`)).status === 200
  await until('there is a second of history', isOld)
  await page.getByRole('combobox', { name: 'Go to a page' }).fill('1s')
  await page.getByRole('option', { name: /^Everything as of \d{4}-\d\d-\d\d [\d:]+ UTC/ }).click()
  await page.waitForURL('**/drift?at=*Z')
  await page.locator('.past').waitFor()
  expect(complaints).toEqual([])
})
