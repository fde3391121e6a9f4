import { expect } from 'bun:test'
import { startTestServer } from '../api/test-server.ts'
import { flood } from '../test/page/flood.ts'
import { inBrowser, isLive, openPage } from './browser.case.ts'

/** `npm run bench -- flood` does this for ten minutes. */
const [rate, seconds, everySeconds] = [5_000, 8, 4]

const slowdown = 4

for (const address of ['changes', ''])
  inBrowser(
    `5,000 changes a second leave the page at /${address} quick, small and right, its processor four times slower`,
    async () => {
      await using server = await startTestServer()
      await using opened = await openPage(`${server.url}/${address}`)
      const { page, complaints } = opened
      await isLive(page)
      const found = await flood(page, server, { rate, seconds, slowdown, everySeconds })
      expect(found.sent).toBeGreaterThan(1_000)
      expect(found.seen).toBe(found.sent)
      // By the processor's time: the clock's depends on what else runs on this machine.
      expect(found.longestCpuMs).toBeLessThan(200)
      expect(found.busy).toBeLessThan(0.9)
      for (const { elements, heapBytes } of found.samples) {
        expect(elements).toBeLessThan(1_500)
        expect(heapBytes).toBeLessThan(12e6)
      }
      expect(complaints).toEqual([])
    },
  )
