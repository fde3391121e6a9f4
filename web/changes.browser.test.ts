import { expect } from 'bun:test'
import { noTokens } from '../api/access.ts'
import { createApp } from '../api/app.ts'
import { serve } from '../api/server.ts'
import { observed, resourceOf, scanOf, startTestServer, testScope, until } from '../api/test-server.ts'
import { inBrowser, isLive, openPage } from './browser.case.ts'

inBrowser(
  'the overview shows the figures, the scopes and the latest changes, and new ones arrive by themselves',
  async () => {
    await using server = await startTestServer()
    await server.ingest(...scanOf('s1', ['a', 'b']), {
      kind: 'observed',
      scope: testScope,
      resource: resourceOf('a', { size: 1, zone: 'x' }),
    })
    await using opened = await openPage(server.url)
    const { page, complaints } = opened
    await isLive(page)
    const rows = page.locator('#latest .change')
    await rows.first().waitFor()
    expect(await page.locator('#connection').textContent()).toBe('Live')
    expect(await page.locator('#scopes-count').textContent()).toBe('1')
    expect(await page.locator('#resources').textContent()).toBe('2')
    await server.ingest(observed('a', { size: 2, zone: 'x' }))
    await rows.nth(1).waitFor()
    const newest = rows.first()
    expect(await newest.locator('.badge').textContent()).toBe('changed')
    expect(await newest.locator('.path').textContent()).toBe('size')
    expect(await newest.locator('.values').textContent()).toBe('1 became 2')
    expect(await page.locator('#seen').textContent()).toBe('1')
    expect(complaints).toEqual([])
  },
)

inBrowser('what a provider sends is never markup', async () => {
  await using server = await startTestServer()
  const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.exe'
  await server.ingest(observed(evil, { [evil]: 1 }), observed(evil, { [evil]: evil }))
  await using opened = await openPage(`${server.url}/changes`)
  await opened.page.locator('.change').nth(1).waitFor()
  expect(await opened.page.locator('main img, main script').count()).toBe(0)
  expect(await opened.page.locator('.change .name').first().textContent()).toBe(`name of ${evil}`)
  expect(opened.complaints).toEqual([])
})

inBrowser(
  'the list is live at its top, frozen where somebody reads further down, and a pill counts and leads back',
  async () => {
    await using server = await startTestServer()
    await using opened = await openPage(`${server.url}/changes`)
    const { page } = opened
    await isLive(page)
    const flood = (size: number) => server.ingest(...Array.from({ length: 300 }, (_, n) => observed(`r${n}`, { size })))
    await flood(1)
    await page.locator('#seen', { hasText: '300' }).waitFor()
    await page.locator('.scroller').evaluate((list) => list.scrollTo(0, 2000))
    await page.locator('.pill').waitFor()
    await flood(2)
    await page.getByRole('button', { name: '300 new' }).waitFor()
    expect(await page.locator('.change[data-op=u]').count()).toBe(0)
    await page.locator('.pill').click()
    await page.locator('.change[data-op=u]').first().waitFor()
    expect(await page.locator('.pill').count()).toBe(0)
  },
)

inBrowser(
  'a pause holds the list still and counts what it does not show; what is drawn and kept is bounded',
  async () => {
    await using server = await startTestServer()
    await using opened = await openPage(`${server.url}/changes`)
    const { page } = opened
    await isLive(page)
    const flood = (size: number) =>
      server.ingest(...Array.from({ length: 1200 }, (_, n) => observed(`r${n}`, { size })))
    await flood(1)
    await page.locator('#seen', { hasText: '1\u202f200' }).waitFor()
    await page.keyboard.press('p')
    const first = await page.locator('.change').first().getAttribute('data-id')
    await flood(2)
    await page.getByRole('button', { name: 'Resume (1\u202f200 new)' }).waitFor()
    expect(await page.locator('.change').first().getAttribute('data-id')).toBe(first)
    await page.locator('#pause').press('Enter')
    await page.locator('.change[data-op=u]').first().waitFor()
    expect(await page.locator('.change').count()).toBeLessThan(100)
    expect(await page.locator('#seen').textContent()).toBe('2\u202f400')
  },
)

inBrowser('filters stand in the address, narrow the stream at the server, and survive a reload', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'), observed('b'), observed('c', {}, 'aws/1/eu-west-1/disk'))
  await using opened = await openPage(`${server.url}/changes`)
  const { page } = opened
  await page.locator('.change').nth(2).waitFor()
  await page.getByLabel('Search').pressSequentially('name of b')
  await page.getByLabel('Search').press('Enter')
  await page.waitForURL('**/changes?q=name+of+b')
  await until('the list is narrowed', async () => (await page.locator('.change').count()) === 1)
  await page.reload()
  await page.locator('.change').waitFor()
  expect(await page.locator('.change .name').allTextContents()).toEqual(['name of b'])
  await page.getByRole('link', { name: 'Clear' }).click()
  await until('all are back', async () => (await page.locator('.change').count()) === 3)
})

inBrowser('first sights of a scope that come together are one line, which opens', async () => {
  await using server = await startTestServer()
  await server.ingest(...scanOf('s1', ['a', 'b', 'c']))
  await using opened = await openPage(`${server.url}/changes`)
  const { page } = opened
  const line = page.locator('.first-sights summary')
  await line.waitFor()
  expect(await line.innerText()).toMatch(/3 resources\s+first seen in aws 1 · eu-west-1 · vm/)
  await line.click()
  expect(await page.locator('.first-sights .change .name').allTextContents()).toEqual([
    'name of c',
    'name of b',
    'name of a',
  ])
})

inBrowser('the page goes on where it was when the server comes back', async () => {
  await using server = await startTestServer()
  const { engine } = server
  const emit = () => {}
  const metrics = { contentType: 'text/plain', render: async () => '' }
  const start = (port: number) => {
    const app = createApp({ engine, metrics, emit, version: '0.0.0' })
    return serve({ app, listen: { host: '127.0.0.1', port }, tokens: noTokens })
  }
  const first = await start(0)
  await using opened = await openPage(`${first.url}/changes`)
  const { page } = opened
  await isLive(page)
  await server.ingest(observed('a'))
  await page.locator('.change').waitFor()
  await first[Symbol.asyncDispose]()
  await page.locator('#connection[data-state=lost]').waitFor()
  await server.ingest(observed('b'))
  await using _second = await start(Number(new URL(first.url).port))
  await page.locator('.change').nth(1).waitFor()
  expect(await page.locator('.change .name').allTextContents()).toEqual(['name of b', 'name of a'])
})

inBrowser('who made a change stands beside it as soon as it is known', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  await using opened = await openPage(`${server.url}/changes`)
  const { page } = opened
  await isLive(page)
  await server.ingest(observed('a', { size: 2 }))
  await page.locator('.change[data-op=u]').waitFor()
  expect(await page.locator('.change .who').count()).toBe(0)
  const actor = { type: 'AssumedRole', arn: 'arn:aws:iam::1:role/operations', session: 'ann@example.com' }
  const event = { id: 'e1', name: 'ModifyInstanceAttribute', source: 'ec2.amazonaws.com' }
  await server.ingest({
    kind: 'attributed',
    scope: testScope,
    id: 'a',
    occurred_at: new Date().toISOString(),
    actor,
    event,
  })
  await page.locator('.change[data-op=u] .who').waitFor()
  expect(await page.locator('.change[data-op=u] .who').textContent()).toBe('ann@example.com')
})

inBrowser('first sights of two scans that come between one another are two lines', async () => {
  await using server = await startTestServer()
  const disks = 'aws/1/eu-west-1/disk'
  const seen = (scope: string, scan: string, id: string) => ({ ...observed(id, {}, scope), scan })
  await server.ingest(
    { kind: 'scan.begin', scope: testScope, scan: 's1' },
    { kind: 'scan.begin', scope: disks, scan: 'd1' },
    ...['a', 'b', 'c'].flatMap((id) => [seen(testScope, 's1', id), seen(disks, 'd1', id)]),
  )
  await using opened = await openPage(`${server.url}/changes`)
  const { page } = opened
  await page.locator('.first-sights').nth(1).waitFor()
  const texts = await page.locator('.first-sights summary').allInnerTexts()
  expect(texts.map((text) => text.replace(/\s+/g, ' ').replace(/ (just now|\d+ s ago)$/, '')).toSorted()).toEqual([
    '3 resources first seen in aws 1 · eu-west-1 · disk',
    '3 resources first seen in aws 1 · eu-west-1 · vm',
  ])
  expect(await page.locator('.scroller .change:visible').count()).toBe(0)
})

inBrowser('changes are grouped by scan and by who made them, and a group leads to all of its changes', async () => {
  await using server = await startTestServer()
  await server.ingest(...scanOf('s1', ['a', 'b', 'c']))
  await server.ingest(...scanOf('s2', ['a', 'b', 'c', 'd']))
  const by = (actor: string) => ({ actor: { type: 'user', name: actor } })
  await server.ingest({ ...observed('a', { size: 2 }), ...by('ann') }, { ...observed('b', { size: 2 }), ...by('ben') })
  await server.ingest({ ...observed('a', { size: 3 }), ...by('ann') })
  await using opened = await openPage(`${server.url}/changes?group=actor`)
  const { page, complaints } = opened
  const lines = page.locator('.change-group > summary')
  const ann = lines.filter({ hasText: 'ann' })
  await ann.waitFor()
  expect(await ann.innerText()).toMatch(/ann\s+2 changed/)
  expect(await lines.filter({ hasText: 'not known who' }).count()).toBe(1)
  await page.getByRole('link', { name: 'by scan' }).click()
  await page.waitForURL('**/changes?group=scan')
  const second = lines.filter({ hasText: 's2' })
  await second.waitFor()
  expect(await second.innerText()).toMatch(/s2\s+1 created/)
  await lines.filter({ hasText: 's1' }).press('Enter')
  await page.getByRole('link', { name: 'All of this scan' }).first().click()
  await page.locator('.past-list .change-group, .past-list .change').first().waitFor()
  expect(new URL(page.url()).searchParams.get('scan')).toBe('s1')
  expect(complaints).toEqual([])
})

inBrowser('each change has a link of its own, which shows it among those before it', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  await server.ingest(observed('a', { size: 2 }))
  await server.ingest(observed('b', { size: 2 }))
  await using opened = await openPage(`${server.url}/changes`)
  const { page } = opened
  const changed = page.locator('.change[data-op=u]')
  await changed.waitFor()
  const id = await changed.getAttribute('data-id')
  await changed.locator('.when').click()
  await page.locator('.past-list .change[aria-current]').waitFor()
  expect(await page.locator('.past-list .change').first().getAttribute('data-id')).toBe(id)
  expect(new URL(page.url()).searchParams.get('change')).toBe(id)
})

inBrowser('the list jumps to a moment, in the zone that the reader has chosen', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }))
  await using opened = await openPage(`${server.url}/changes`, { timezoneId: 'America/New_York' })
  const { page } = opened
  await page.getByLabel('Jump to (local time)').fill('2031-01-02T03:04:05')
  await page.waitForURL('**/changes?at=2031-01-02T08%3A04%3A05.000Z')
  await page.locator('.past-list .change').waitFor()
  await page.getByLabel('Times').selectOption('utc')
  expect(await page.getByLabel('Jump to (UTC)').inputValue()).toBe('2031-01-02T08:04:05')
})
