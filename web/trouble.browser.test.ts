import { expect } from 'bun:test'
import { observed, startTestServer, until } from '../api/test-server.ts'
import { inBrowser, openPage } from './browser.case.ts'

/** Stands between the browser and a vaino, and answers some paths itself. */
function standInProxy(target: string, own: (path: string) => Response | null) {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: (request) => {
      const { pathname, search } = new URL(request.url)
      return (
        own(pathname) ??
        fetch(`${target}${pathname}${search}`, { signal: request.signal, headers: request.headers, decompress: false })
      )
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) }
}

inBrowser(
  'a page whose API a proxy answers for says what it asked, what came and what to do, and goes on when it is right',
  async () => {
    await using server = await startTestServer()
    await server.ingest(observed('a'))
    let isBroken = true
    await using proxy = standInProxy(server.url, (path) =>
      isBroken && path.startsWith('/v1/')
        ? new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } })
        : null,
    )
    await using opened = await openPage(proxy.url)
    const trouble = opened.page.locator('#trouble')
    await trouble.waitFor()
    const text = await trouble.innerText()
    expect(text).toContain('can’t reach vaino')
    expect(text).toContain(`${proxy.url}/v1/changes`)
    expect(text).toMatch(/answered 502.*not as vaino does/)
    expect(text).toContain(`public_url in vaino.yaml is ${proxy.url}`)
    isBroken = false
    await trouble.waitFor({ state: 'detached' })
    await opened.page.locator('#scopes-count').waitFor()
  },
)

inBrowser('a login page in the place of the API is named as such, on the API reference too', async () => {
  await using server = await startTestServer()
  await using proxy = standInProxy(server.url, (path) =>
    path === '/openapi.json' || path.startsWith('/v1/')
      ? new Response('<form>Log in</form>', { headers: { 'content-type': 'text/html' } })
      : null,
  )
  for (const path of ['/', '/docs']) {
    await using opened = await openPage(`${proxy.url}${path}`)
    await opened.page.locator('#trouble').waitFor()
    expect(await opened.page.locator('#trouble').innerText()).toMatch(/answered 200.*not as vaino does/)
  }
})

inBrowser('a page whose script does not come says so', async () => {
  await using server = await startTestServer()
  await using proxy = standInProxy(server.url, (path) =>
    path.startsWith('/web/') ? new Response('no', { status: 404 }) : null,
  )
  for (const path of ['/', '/docs']) {
    await using opened = await openPage(`${proxy.url}${path}`)
    await opened.page.locator('#not-started').waitFor()
    expect(await opened.page.locator('#not-started').innerText()).toMatch(/has not started.*public_url/)
    await using direct = await openPage(`${server.url}${path}`)
    await direct.page.locator('#not-started').waitFor({ state: 'detached' })
  }
})

inBrowser('when something has changed each panel asks once, not without end', async () => {
  await using server = await startTestServer()
  await using opened = await openPage(server.url)
  const { page } = opened
  let asked = 0
  page.on('request', (request) => {
    if (request.url().endsWith('/v1/summary')) asked++
  })
  await page.locator('#connection[data-state=live]').waitFor()
  await server.ingest(observed('a', { size: 1 }))
  await until('the panels have asked again', () => asked > 0)
  await server.ingest(observed('a', { size: 2 }))
  await page.locator('#latest .change[data-op=u]').waitFor()
  // Once a pulse of two seconds, and every fifteen; an effect that wakes itself asks hundreds of times.
  expect(asked).toBeLessThan(20)
})
