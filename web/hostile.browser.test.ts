import { expect } from 'bun:test'
import { observed, startTestServer, testScope, until } from '../api/test-server.ts'
import { inBrowser, isLive, openPage } from './browser.case.ts'

const evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.exe'
const long = 'x'.repeat(1_000_000)

inBrowser('hostile names, values and errors of a provider do nothing on any page', async () => {
  await using server = await startTestServer()
  const scope = `aws/${encodeURIComponent('<b>1</b>').replaceAll('%3C', '<').replaceAll('%3E', '>')}/-/vm`
  const resource = (text: string) => ({
    ...{ id: evil, type: '<i>vm</i>', provider: 'aws', name: evil, account: evil },
    configuration: { [evil]: text, long: text },
    tags: { [evil]: evil },
  })
  await server.ingest({ kind: 'observed', scope, resource: resource('a'), actor: { name: evil } })
  await server.ingest({ kind: 'observed', scope, resource: resource(long), actor: { name: evil } })
  await server.ingest(
    { kind: 'scan.begin', scope, scan: 's' },
    { kind: 'scan.end', scope, scan: 's', complete: false, count: 0, errors: [{ message: evil }] },
  )
  await server.get('/v1/ingest', { method: 'POST', body: `${evil}\n` })
  const key = encodeURIComponent(`${scope}/${evil}`)
  await using opened = await openPage(server.url, { viewport: { width: 390, height: 844 } })
  const { page, complaints } = opened
  page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`))
  for (const address of ['', 'drift', 'changes', 'scopes', `resource?key=${key}`, 'compare?from=1h', 'deadletters']) {
    await page.goto(`${server.url}/${address}`)
    await isLive(page)
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
    expect([address, await page.locator('main img, main script, main b b').count()]).toEqual([address, 0])
    expect([address, await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')]).toEqual([
      address,
      0,
    ])
    expect(await page.evaluate<number>('document.body.innerText.length')).toBeLessThan(200_000)
  }
  expect(complaints).toEqual([])
})

inBrowser('what a flood of changes leaves in the page is bounded', async () => {
  await using server = await startTestServer()
  await using opened = await openPage(`${server.url}/changes`)
  const { page } = opened
  await isLive(page)
  const client = await page.context().newCDPSession(page)
  await client.send('Performance.enable')
  const measure = async () => {
    await client.send('HeapProfiler.collectGarbage')
    const { metrics } = await client.send('Performance.getMetrics')
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN
    return { heap: of('JSHeapUsedSize'), nodes: of('Nodes') }
  }
  const flood = async (from: number, times: number) => {
    for (let size = from; size < from + times; size++)
      await server.ingest(...Array.from({ length: 1000 }, (_, n) => observed(`r${n}`, { size }, testScope)))
  }
  await flood(1, 6)
  const seen = () => page.locator('#seen').textContent()
  await until('the first are seen', async () => (await seen()) === '6\u202f000', 30_000)
  const before = await measure()
  await flood(7, 12)
  await until('all are seen', async () => (await seen()) === '18\u202f000', 60_000)
  const after = await measure()
  // The list was full before: what came since took the place of what was there.
  expect(after.heap).toBeLessThan(before.heap + 8_000_000)
  expect(await page.locator('.change').count()).toBeLessThan(100)
})
