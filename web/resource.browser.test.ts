import { expect } from 'bun:test'
import { gone, observed, startTestServer, testScope } from '../api/test-server.ts'
import { fillEstate } from '../test/page/estate.ts'
import { inBrowser, openPage } from './browser.case.ts'

const pageOf = (key: string): string => `resource?key=${encodeURIComponent(key)}`

inBrowser('a change leads to its resource: its fields, each version, and the difference of any two', async () => {
  await using server = await startTestServer()
  for (const size of [1, 2, 3]) await server.ingest(observed('a', { size, zone: size < 3 ? 'x' : 'y' }))
  await using opened = await openPage(`${server.url}/changes`)
  const { page, complaints } = opened
  await page.locator('.change .name').nth(1).click()
  await page.waitForURL('**/resource?key=*&version=2')
  const version = page.locator('#version')
  await version.locator('.leaf').waitFor()
  expect(await version.locator('.leaf').getAttribute('data-path')).toBe('configuration.size')
  expect(await page.locator('.timeline .version b').allTextContents()).toEqual(['v3', 'v2', 'v1'])
  await page.locator('.timeline a', { hasText: 'v3' }).click()
  await page.getByRole('link', { name: 'compare version 1 with version 3' }).click()
  await page.getByRole('heading', { name: 'Version 1 against version 3' }).waitFor()
  await version.locator('.leaf').nth(1).waitFor()
  const leaves = await version.locator('.leaf').evaluateAll((all) => all.map((leaf) => leaf.getAttribute('data-path')))
  expect(leaves.toSorted()).toEqual(['configuration.size', 'configuration.zone'])
  expect(await page.locator('#document').innerText()).toContain('"zone": "y"')
  expect(complaints).toEqual([])
})

inBrowser('what is deleted says when, keeps its history, and is there again at an earlier moment', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  await server.ingest(gone('a'))
  const { changes } = (await (
    await server.get(`/v1/resources/${encodeURIComponent(`${testScope}/a`)}/history`)
  ).json()) as {
    changes: { recorded_at: string }[]
  }
  await using opened = await openPage(`${server.url}/${pageOf(`${testScope}/a`)}`)
  const { page } = opened
  await page.getByText('It is deleted.').waitFor()
  expect(await page.locator('.timeline li').count()).toBe(2)
  await page.goto(`${server.url}/${pageOf(`${testScope}/a`)}&at=${changes[1]?.recorded_at}`)
  await page.getByRole('heading', { name: 'As it was' }).waitFor()
  await page.locator('#document pre').waitFor()
  expect(await page.locator('#document').innerText()).toContain('"size": 1')
  await page.getByRole('link', { name: 'Back to now' }).click()
  await page.getByText('It is deleted.').waitFor()
})

inBrowser('a resource of a state leads to the real one and back, and says whether they agree', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  const wanted = 'terraform/infra%2Fnetwork%2Fterraform.tfstate/-/state/aws_security_group.bastion'
  await using opened = await openPage(`${server.url}/${pageOf(wanted)}`)
  const { page } = opened
  const counterpart = page.locator('#counterpart')
  await counterpart.locator('.badge', { hasText: 'changed' }).waitFor()
  await counterpart.getByRole('link', { name: /what is there/ }).click()
  await page.locator('.key', { hasText: '/-/live/aws_security_group.bastion' }).waitFor()
  await counterpart.getByRole('link', { name: /what is wanted/ }).waitFor()
})

inBrowser('a key that was never seen is said so', async () => {
  await using server = await startTestServer()
  await using opened = await openPage(`${server.url}/${pageOf(`${testScope}/none`)}`)
  await opened.page.getByText('was never seen').first().waitFor()
})

inBrowser('everything is shown as of the moment that the address has, and links keep it', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  await using opened = await openPage(server.url)
  const { page } = opened
  await page.getByRole('button', { name: 'Time travel' }).click()
  await page.getByRole('button', { name: 'an hour ago' }).click()
  await page.waitForURL('**/?at=*Z')
  await page.locator('.past').waitFor()
  await page.locator('.pages a', { hasText: 'Drift' }).click()
  await page.waitForURL('**/drift?at=*Z')
  expect(await page.locator('.past').innerText()).toMatch(/As of \d{4}-\d\d-\d\d/)
})

inBrowser('two moments are compared, one entry a resource', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  const from = await server.ingest(observed('b', { size: 1 }))
  await server.ingest(observed('a', { size: 2 }), observed('a', { size: 3 }), gone('b'))
  await using opened = await openPage(`${server.url}/compare?from=${from}`)
  const { page } = opened
  await page.locator('.compared > li').nth(1).waitFor()
  expect((await page.locator('.compared .badge').allTextContents()).toSorted()).toEqual(['changed', 'deleted'])
  expect(await page.locator('.leaf .values').innerText()).toMatch(/1[\s\S]*3/)
})
