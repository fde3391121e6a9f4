import { expect } from 'bun:test'
import { startTestServer, until } from '../api/test-server.ts'
import { desired, liveScopeOf, reading, scanOf, stateScope } from '../pipeline/drift/estate.case.ts'
import { fillEstate } from '../test/page/estate.ts'
import { inBrowser, openPage } from './browser.case.ts'

inBrowser('drift is listed with its fields, and narrowed by filters that the address keeps', async () => {
  await using server = await startTestServer()
  const [state, live] = [stateScope('app'), liveScopeOf('app')]
  const web = desired('toy_web.a', { size: 1 })
  const db = desired('toy_db.a', { deletion_protection: true })
  await server.ingest(...scanOf(state, 's1', [web, db]))
  await server.ingest(...scanOf(live, 'l1', [reading(web, { size: 2 }), reading(db, { deletion_protection: false })]))
  await server.drift.whenCaughtUp()
  await using opened = await openPage(`${server.url}/drift`)
  const { page, complaints } = opened
  const rows = page.locator('.drift-row')
  await rows.nth(1).waitFor()
  expect(await page.locator('#drift-coverage figcaption').innerText()).toMatch(
    /100 % known of 2 managed\s+0\s+as wanted\s+2\s+changed/,
  )
  await page.keyboard.press('f')
  await page.getByLabel('Severity').selectOption('high')
  await page.waitForURL('**/drift?severity=high')
  await rows.nth(1).waitFor({ state: 'detached' })
  await page.reload()
  await rows.first().waitFor()
  expect(await rows.count()).toBe(1)
  expect(await rows.first().locator('.path').textContent()).toBe('deletion_protection')
  expect(await rows.first().locator('.values').textContent()).toBe('true became false')
  expect(complaints).toEqual([])
})

inBrowser('the worst of more drift than a page holds comes first, whatever its state is called', async () => {
  await using server = await startTestServer()
  const many = Array.from({ length: 205 }, (_, n) => desired(`toy_web.a[${n}]`, { size: 1 }))
  const db = desired('toy_db.a', { deletion_protection: true })
  await server.ingest(...scanOf(stateScope('app'), 's1', many), ...scanOf(stateScope('zoo'), 's2', [db]))
  await server.ingest(
    ...scanOf(
      liveScopeOf('app'),
      'l1',
      many.map((one, n) => reading(one, { size: n + 2 })),
    ),
    ...scanOf(liveScopeOf('zoo'), 'l2', [reading(db, { deletion_protection: false })]),
  )
  await server.drift.whenCaughtUp()
  await using opened = await openPage(server.url)
  const first = opened.page.locator('#drift .line').first()
  await first.waitFor()
  await until('the worst', async () => (await first.innerText()).includes('toy_db.a'))
  expect(opened.complaints).toEqual([])
})

inBrowser('from red to the field, who, when and the line that puts it right in two clicks', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(server.url, { permissions: ['clipboard-read', 'clipboard-write'] })
  const { page, complaints } = opened
  await page.locator('.pages a', { hasText: 'Drift' }).click()
  await page.locator('.row-head', { hasText: 'aws_security_group.bastion' }).click()
  const details = page.locator('.details')
  const leaf = details.locator('.leaf')
  expect(await leaf.getAttribute('data-path')).toMatch(/^ingress\[.*from_port=22.*\]\.cidr_blocks\[=0\.0\.0\.0\/0\]$/)
  expect(await leaf.locator('ins').textContent()).toContain('"0.0.0.0/0"')
  const facts = await details.locator('.facts').innerText()
  expect(facts).toContain('ann@example.com')
  expect(facts).toMatch(/Since\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)
  const commands = await details.locator('.command code').allTextContents()
  expect(commands.slice(0, 2)).toEqual([
    'terraform -chdir=infra/network plan -target=aws_security_group.bastion',
    'terraform -chdir=infra/network apply -target=aws_security_group.bastion',
  ])
  await details.getByRole('button', { name: 'Copy as Markdown' }).click()
  await details.getByText('Copied').waitFor()
  const copied = await page.evaluate<string>('navigator.clipboard.readText()')
  expect(copied).toContain('### `aws_security_group.bastion` changed (critical)')
  expect(copied).toContain('by ann@example.com')
  // The address leads to the open row.
  await page.reload()
  await details.waitFor()
  expect(complaints).toEqual([])
})

inBrowser('the same change on several things is one row, and what is not known says why', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  await using opened = await openPage(`${server.url}/drift`)
  const { page } = opened
  const group = page.locator('.drift-row', { hasText: '6 × aws_instance' })
  await group.locator('.row-head').click()
  expect(await group.locator('.others li').count()).toBe(5)
  expect(await group.locator('.details .leaf').getAttribute('data-path')).toBe('instance_type')
  await page.getByRole('link', { name: '1 not known' }).click()
  await page.waitForURL('**/drift?status=unknown')
  await page.locator('.drift-row[data-status=unknown]').waitFor()
  expect(await page.locator('.drift-row').innerText()).toContain('AccessDenied')
})

inBrowser('an object of Kubernetes that is not as it was applied is put right by kubectl', async () => {
  await using server = await startTestServer()
  const field = { path: 'spec.replicas', before: 3, after: 9 }
  const applied = { by: 'last-applied', version: 'a', fields: [field] }
  const resource = {
    ...{ id: 'shop/search', type: 'apps.Deployment', provider: 'kubernetes', account: 'prod', namespace: 'shop' },
    ...{ name: 'search', configuration: { spec: { replicas: 9 } }, metadata: { applied } },
  }
  await server.ingest(...scanOf('kubernetes/prod/-/apps.Deployment', 's1', [resource]))
  await server.drift.whenCaughtUp()
  await using opened = await openPage(`${server.url}/drift`)
  const { page, complaints } = opened
  await page.locator('.row-head').click()
  const lines = page.locator('.command code')
  await lines.first().waitFor()
  expect(await lines.nth(1).innerText()).toBe(
    'kubectl -n shop apply view-last-applied deployment.apps/search -o yaml | kubectl -n shop apply -f -',
  )
  expect(complaints).toEqual([])
})

inBrowser(
  'where nothing was compared no zero and no green says that nothing drifts, and the next step is named',
  async () => {
    await using server = await startTestServer()
    await using nothing = await openPage(server.url)
    await nothing.page.locator('#scopes').getByText('Nothing is watched yet.').waitFor()
    await server.ingest(...scanOf(stateScope('app'), 's1', [desired('toy_web.a', { size: 1 })]))
    await server.drift.whenCaughtUp()
    await using opened = await openPage(server.url)
    const { page, complaints } = opened
    const figure = page.locator('.figure', { has: page.locator('#differs') })
    await figure.waitFor()
    expect(await figure.innerText()).toMatch(/nothing to compare with yet\s+–/i)
    for (const address of ['', 'drift']) {
      await page.goto(`${server.url}/${address}`)
      await page.getByText('Nothing to compare with yet.').waitFor()
      expect(await page.locator('main').innerText()).toContain('live: true')
      expect(await page.locator('.all-good').count()).toBe(0)
    }
    await page.goto(`${server.url}/drift?at=${new Date(Date.now() + 60_000).toISOString()}`)
    await page.getByText('No drift was open then.').waitFor()
    expect(await page.locator('.all-good').count()).toBe(0)
    expect(complaints).toEqual([])
  },
)
