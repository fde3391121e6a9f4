import { expect } from 'bun:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { startTestServer } from '../api/test-server.ts'
import { fillEstate } from '../test/page/estate.ts'
import { inBrowser, isLive, openPage } from './browser.case.ts'
import { pages } from './pages.case.ts'

interface Found {
  readonly violations: {
    readonly id: string
    readonly nodes: { readonly html: string; readonly any: { message: string }[] }[]
  }[]
  readonly incomplete: Found['violations']
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe-core complains of, and what it could not decide, of a dialog alone where one is open: the page behind it can't be reached. @param rules tags of rules, or rules */
async function complaintsOf(page: Page, rules: readonly string[]): Promise<string[]> {
  const found = await page.evaluate<Found>(
    `axe.run(document.querySelector('dialog[open]') ?? document, { runOnly: ${JSON.stringify(rules)} })`,
  )
  return [...found.violations, ...found.incomplete].flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} (${any[0]?.message ?? ''})`),
  )
}

for (const width of [1280, 390])
  inBrowser(
    `no page has a barrier or runs over its edge in either theme, ${width} pixels wide`,
    async () => {
      await using server = await startTestServer()
      await fillEstate(server)
      await using opened = await openPage(server.url, { viewport: { width, height: 844 }, reducedMotion: 'reduce' })
      const { page, complaints } = opened
      const found: string[] = []
      for (const [address, opens] of pages) {
        await page.goto(`${server.url}/${address}`)
        if (address === 'docs') await page.locator('#followChanges').waitFor()
        else await isLive(page)
        await page.locator('.skeleton').first().waitFor({ state: 'detached' })
        if (opens !== undefined) await page.locator(opens).first().click()
        await page.evaluate(axe.source)
        // A theme changes nothing but colours.
        for (const [colorScheme, rules] of [
          ['light', tags],
          ['dark', ['color-contrast']],
        ] as const) {
          await page.emulateMedia({ colorScheme })
          found.push(...(await complaintsOf(page, rules)).map((text) => `${address} ${colorScheme}: ${text}`))
        }
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
        if (overflow > 0) found.push(`${address}: ${overflow} pixels too wide`)
      }
      expect(found).toEqual([])
      expect(complaints).toEqual([])
    },
    300_000,
  )
