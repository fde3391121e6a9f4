import { noTokens } from '../../api/access.ts'
import { serve } from '../../api/server.ts'
import { needs } from '../../test/lanes.ts'
import { measurePaint, type Shown } from '../../test/page/paint.ts'

/** Serves what is measured, opens its pages in Chromium, and prints until when their data is in sight, beside an empty page. */
export async function printPaint(
  app: Parameters<typeof serve>[0]['app'],
  pages: readonly Shown[],
  rounds: number,
): Promise<void> {
  if (needs.chromium.found === null) {
    console.log(`there is no Chromium to open the pages in: ${needs.chromium.hint}`)
    return
  }
  await using server = await serve({ app, listen: { host: '127.0.0.1', port: 0 }, tokens: noTokens })
  console.log(`\n${'page'.padEnd(26)}${'data ms'.padStart(9)}${'empty ms'.padStart(9)}${'ratio'.padStart(9)}`)
  for (const [address, { ms, emptyMs }] of await measurePaint(`${server.url}/`, pages, rounds)) {
    const figures = [ms, emptyMs].map((one) => one.toFixed(0).padStart(9)).join('')
    console.log(`${`/${address}`.padEnd(26)}${figures}${(ms / emptyMs).toFixed(1).padStart(9)}`)
  }
}
