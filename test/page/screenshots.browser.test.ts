import { expect } from 'bun:test'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { startTestServer } from '../../api/test-server.ts'
import { startVaino } from '../../cli/test-cli.ts'
import { inBrowser, isLive, type Opened, openPage } from '../../web/browser.case.ts'
import { repository } from '../lanes.ts'
import { temporaryFolder } from '../terraform/temporary-folder.ts'
import { fillEstate } from './estate.ts'

const folder = path.join(repository, 'docs/images')
const schemes = ['light', 'dark'] as const

const opened = (url: string, colorScheme: (typeof schemes)[number]): Promise<Opened> =>
  openPage(url, {
    ...{ viewport: { width: 1280, height: 800 }, colorScheme, reducedMotion: 'reduce', timezoneId: 'UTC' },
  })

/** Takes a picture of the README anew, where `UPDATE_DOCS` asks for it. */
async function picture(page: Page, file: string): Promise<void> {
  if (process.env.UPDATE_DOCS === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, `${file}.png`) })
}

inBrowser('the first picture of the README is what the command above it shows', async () => {
  await using home = await temporaryFolder()
  // As `npm start` does, at another address and in a folder of its own.
  await using up = startVaino(['up', '--example', '--listen', '127.0.0.1:0'], { cwd: home.path })
  const [, snapshot = ''] = await up.until(/curl '(\S+\/v1\/snapshot)'/)
  await up.until(/example, step 3 of/)
  const url = snapshot.replace('v1/snapshot', '')
  for (const scheme of schemes) {
    await using seen = await opened(`${url}changes`, scheme)
    const { page, complaints } = seen
    await isLive(page)
    for (const shown of ['aws_security_group.bastion', 'ingress', '"0.0.0.0/0"', 'first seen in'])
      await page.getByText(shown).first().waitFor()
    await picture(page, `changes-${scheme}`)
    expect(complaints).toEqual([])
  }
})

inBrowser('the picture of drift shows what the page shows where the real things are read', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  for (const scheme of schemes) {
    await using seen = await opened(server.url, scheme)
    const { page, complaints } = seen
    await page.goto(`${server.url}/drift`)
    await isLive(page)
    await page.locator('.row-head').first().click()
    await page.getByText('Put it right').first().waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
    await picture(page, `drift-${scheme}`)
    expect(complaints).toEqual([])
  }
})
