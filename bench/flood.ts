/**
 * The page open in a real browser while changes come at a rate: how long its tasks take, what it keeps, whether it shows what is new.
 *
 *   npm run bench -- flood [minutes=10] [rate=5000] [page=changes] [slowdown=1]
 *
 * Needs Chromium (CHROMIUM_PATH). `slowdown=4` has the page's processor four times slower. A task's time by the processor is what a busy machine
 * leaves comparable; the heap is looked at after a garbage collection.
 */
import { chromium } from 'playwright-core'
import { startTestServer } from '../api/test-server.ts'
import { needs } from '../test/lanes.ts'
import { flood } from '../test/page/flood.ts'
import { setting, textSetting } from './estate/made-up.ts'

const { found, hint } = needs.chromium
if (found === null) throw new Error(`there is no Chromium: ${hint}`)
const minutes = setting('minutes', 10)
const address = textSetting('page') ?? 'changes'
const slowdown = setting('slowdown', 1)

await using server = await startTestServer()
const browser = await chromium.launch({ executablePath: found, args: ['--no-sandbox'] })
const page = await browser.newPage()
await page.goto(`${server.url}/${address}`)
await page.locator('#connection[data-state=live]').waitFor()
console.log('  after   heap MB  elements  newest ms')
const report = await flood(page, server, {
  ...{ rate: setting('rate', 5_000), seconds: minutes * 60, slowdown, everySeconds: 15 },
  onSample: ({ heapBytes, elements, newestMs }, seconds) =>
    console.log(
      `${`${Math.round(seconds)} s`.padStart(7)}${(heapBytes / 1e6).toFixed(1).padStart(10)}${`${elements}`.padStart(10)}${`${newestMs}`.padStart(11)}`,
    ),
})
console.log(
  `${Math.round(report.rate)} changes/s, ${report.seen} of ${report.sent} counted by /${address}, processor ${slowdown} times slower: longest task ${Math.round(report.longestMs)} ms, ` +
    `${Math.round(report.longestCpuMs)} ms of the processor; the main thread computed ${Math.round(report.busy * 100)} % of the time; ${Math.round(process.memoryUsage.rss() / 1024 ** 2)} MB resident (vaino and the sender)`,
)
await browser.close()
