import { expect } from 'bun:test'
import { startTestServer } from '../api/test-server.ts'
import { inBrowser, openPage } from './browser.case.ts'

inBrowser('the API reference shows every operation and every problem, and follows its links', async () => {
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
})
