import { expect } from 'bun:test'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { startTestServer } from '../../api/test-server.ts'
import { inBrowser, isLive, openPage } from '../../web/browser.case.ts'
import { repository } from '../lanes.ts'
import { fillEstate } from './estate.ts'

const folder = path.join(repository, 'docs/images')

/** The pictures of the README: `UPDATE_DOCS=1` takes them anew. */
const pictures = [{ file: 'drift', address: 'drift', opens: '.row-head', shows: 'Put it right' }] as const

inBrowser('the pictures of the README show what the page shows', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = { width: 1280, height: 800 }
    await using opened = await openPage(server.url, {
      viewport,
      colorScheme,
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
    })
    const { page, complaints } = opened
    for (const { file, address, opens, shows } of pictures) {
      await page.goto(`${server.url}/${address}`)
      await isLive(page)
      if (opens !== null) await page.locator(opens).first().click()
      await page.getByText(shows).first().waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      if (process.env.UPDATE_DOCS === undefined) continue
      mkdirSync(folder, { recursive: true })
      await page.screenshot({ path: path.join(folder, `${file}-${colorScheme}.png`) })
    }
    expect(complaints).toEqual([])
  }
})
