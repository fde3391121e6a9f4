import { expect } from 'bun:test'
import { observed, startTestServer, until } from '../api/test-server.ts'
import { inBrowser, openPage } from './browser.case.ts'

inBrowser('two moments of the past are compared, baselines among them', async () => {
  await using server = await startTestServer()
  const cursors: string[] = []
  for (const size of [1, 2, 3]) cursors.push(await server.ingest(observed('a', { size })))
  for (const [name, at] of [
    ['before', cursors[0]],
    ['after', cursors[1]],
  ])
    await server.get('/v1/baselines', {
      method: 'POST',
      body: JSON.stringify({ name, at }),
      headers: { 'content-type': 'application/json' },
    })
  await using opened = await openPage(`${server.url}/compare`)
  const { page, complaints } = opened
  await page.locator('.filters select').first().selectOption({ label: 'baseline before' })
  await until('up to now', async () => /1[\s\S]*3/.test(await page.locator('.leaf .values').innerText()))
  await page.getByRole('link', { name: /^up to it\W+after$/ }).click()
  await until('up to the baseline', async () => /1[\s\S]*2/.test(await page.locator('.leaf .values').innerText()))
  const { searchParams } = new URL(page.url())
  expect([searchParams.get('from'), searchParams.get('to')]).toEqual([cursors[0] ?? '', cursors[1] ?? ''])
  expect(complaints).toEqual([])
})

inBrowser('what was first seen since is one line, and what changed since then is told', async () => {
  await using server = await startTestServer()
  const scope = 'aws/1/eu-west-1/vm'
  const scan = (name: string, ...ids: readonly (readonly [id: string, size: number])[]) => [
    { kind: 'scan.begin', scope, scan: name },
    ...ids.map(([id, size]) => ({ ...observed(id, { size }), scan: name })),
    { kind: 'scan.end', scope, scan: name, complete: true, count: ids.length },
  ]
  await server.ingest(...scan('s1', ['a', 1], ['b', 1], ['c', 1], ['d', 1]))
  await server.ingest(...scan('s2', ['a', 1], ['b', 2], ['c', 1], ['e', 1]))
  await using opened = await openPage(`${server.url}/compare?from=24h`)
  const { page, complaints } = opened
  const seen = page.locator('#first-sights')
  await seen.waitFor()
  expect(await seen.locator('summary').innerText()).toMatch(/2 resources first seen since/)
  const rows = await page.locator('.compared > li').allInnerTexts()
  const told = rows.map((row) => row.replaceAll(/\s+/g, ' ')).sort()
  expect(told).toEqual([
    expect.stringMatching(/^changed .*b.* since it was first seen, .*size.*1.*2/),
    expect.stringMatching(/^created .*e/),
    expect.stringMatching(/^deleted .*d.* since it was first seen/),
  ])
  await seen.locator('summary').click()
  expect(await seen.locator('.line-name').allInnerTexts()).toEqual(expect.arrayContaining(['name of a', 'name of c']))
  expect(complaints).toEqual([])
})

inBrowser('a resource leads to what it is attached to and to what owns it', async () => {
  await using server = await startTestServer()
  const pods = 'kubernetes/prod/-/Pod'
  const sets = 'kubernetes/prod/-/apps.ReplicaSet'
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'u', controller: true }]
  const kube = (id: string, type: string, configuration: object) => ({
    ...{ id, type, provider: 'kubernetes', account: 'prod', namespace: 'shop', name: id.split('/')[1] },
    configuration,
  })
  await server.ingest(
    observed('sg-0abc', {}, 'aws/1/eu-west-1/aws_security_group'),
    observed('i-0abc', { subnet_id: 'subnet-0a1b', groups: ['sg-0abc'] }),
    { kind: 'observed', scope: sets, resource: kube('shop/web-1', 'apps.ReplicaSet', {}) },
    { kind: 'observed', scope: pods, resource: kube('shop/web-1-x', 'Pod', { metadata: { ownerReferences } }) },
  )
  const pageOf = (key: string) => `${server.url}/resource?key=${encodeURIComponent(key)}`
  await using opened = await openPage(pageOf('aws/1/eu-west-1/vm/i-0abc'))
  const { page, complaints } = opened
  const related = page.locator('#relations')
  await related.getByText('subnet-0a1b, which is not watched').waitFor()
  await related.getByRole('link', { name: 'name of sg-0abc' }).click()
  await page.waitForURL('**/resource?key=aws%2F1%2Feu-west-1%2Faws_security_group%2Fsg-0abc')
  await page.goto(pageOf(`${pods}/shop/web-1-x`))
  await related.getByRole('link', { name: 'web-1 apps.ReplicaSet' }).waitFor()
  expect(complaints).toEqual([])
})
