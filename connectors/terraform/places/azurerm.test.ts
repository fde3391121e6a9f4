import { expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { azurermPlace } from './azurerm.ts'
import type { Place } from './place.ts'

const limits = { timeoutMs: 5000, maxBytes: 1_000_000 }
const never = new AbortController().signal
const state = (name: string) => state4([resource4(name, { id: name })])
const key = Buffer.from('the key of an account').toString('base64')

type Answer = { status?: number; headers?: Record<string, string>; body?: string }

async function serve(
  answer: (method: string, url: URL, headers: Record<string, string | undefined>, body: string) => Answer,
) {
  const server = createServer(async (request, response) => {
    let sent = ''
    for await (const part of request) sent += part
    const url = new URL(request.url ?? '', 'http://x')
    const { status = 200, headers = {}, body = '' } = answer(request.method ?? '', url, request.headers as never, sent)
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The signature of a request of GET or HEAD, as the documentation of Azure puts it together. */
function signatureOf(
  method: string,
  { pathname, searchParams }: URL,
  headers: Record<string, string | undefined>,
): string {
  const query = [...searchParams.keys()].sort().map((name) => `${name}:${searchParams.get(name)}`)
  const lines = [
    ...[method, '', '', '', '', '', '', '', '', '', '', ''],
    ...[`x-ms-date:${headers['x-ms-date']}`, `x-ms-version:${headers['x-ms-version']}`],
    ...[`/acct${pathname}`, ...query],
  ]
  return createHmac('sha256', Buffer.from(key, 'base64')).update(lines.join('\n'), 'utf8').digest('base64')
}

const refused = (status: number, code: string): Answer => ({
  status,
  headers: { 'x-ms-error-code': code },
  body: `<Message>${key}</Message>`,
})

/** A stand-in for Blob Storage, after its published REST API. */
const storage = (
  blobs: ReadonlyMap<string, string>,
  isAllowed: (method: string, url: URL, headers: Record<string, string | undefined>) => boolean,
  pageSize = 3,
) =>
  serve((method, url, headers) => {
    if (!isAllowed(method, url, headers)) return refused(403, 'AuthenticationFailed')
    const { pathname, searchParams } = url
    const etagOf = (name: string) => `0x${Bun.hash.crc32(blobs.get(name) ?? '').toString(16)}`
    const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    if (pathname === '/states') {
      const all = [...blobs.keys()].filter((name) => name.startsWith(searchParams.get('prefix') ?? ''))
      const from = Number(searchParams.get('marker') ?? 0)
      const entries = all
        .slice(from, from + pageSize)
        .map(
          (name) => `<Blob><Name>${escaped(name)}</Name><Properties><Etag>${etagOf(name)}</Etag></Properties></Blob>`,
        )
      const next = from + pageSize < all.length ? `<NextMarker>${from + pageSize}</NextMarker>` : '<NextMarker />'
      return {
        body: `<?xml version="1.0"?><EnumerationResults><Blobs>${entries.join('')}</Blobs>${next}</EnumerationResults>`,
      }
    }
    const name = decodeURIComponent(pathname.slice('/states/'.length))
    const text = blobs.get(name)
    return text === undefined ? refused(404, 'BlobNotFound') : { headers: { etag: `"${etagOf(name)}"` }, body: text }
  })

const bySharedKey = (method: string, url: URL, headers: Record<string, string | undefined>) =>
  headers.authorization === `SharedKey acct:${signatureOf(method, url, headers)}`

const open = (path: string, endpoint: string, env: Record<string, string> = { ARM_ACCESS_KEY: key }) =>
  azurermPlace(`azurerm://acct/states/${path}${path.includes('?') ? '&' : '?'}endpoint=${endpoint}`, env)

async function textOf(place: Place, name = place.name): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of place.read(name, limits, never)) parts.push(part)
  return Buffer.concat(parts).toString()
}
const namesOf = async (place: Place) => (await place.list(limits, never)).map(({ name }) => name).toSorted()

test('one blob is read with the key of the account, and its ETag is the one of the list', async () => {
  const blobs = new Map([['prod/a b&é.tfstate', state('a')]])
  await using azure = await storage(blobs, bySharedKey)
  const place = open('prod/a b&é.tfstate', azure.url)
  expect([place.name, place.isOne]).toEqual(['azurerm://acct/states/prod/a b&é.tfstate', true])
  expect(await textOf(place)).toBe(state('a'))
  const first = await place.stat(place.name, limits, never)
  expect((await open('prod/', azure.url).list(limits, never))[0]?.version).toBe(first ?? '')
  blobs.set('prod/a b&é.tfstate', state('b'))
  expect(await place.stat(place.name, limits, never)).not.toBe(first)
})

test('below a prefix all states are found over pages, and beside one state its workspaces', async () => {
  const names = Array.from({ length: 10 }, (_, n) => `infra/w${n}.tfstate`)
  const others = ['infra/readme', 'prod.tfstate', 'prod.tfstateenv:blue', 'prod.tfstate.backup', 'other.tfstate']
  await using azure = await storage(new Map([...names, ...others].map((name) => [name, state('a')])), bySharedKey)
  const full = (name: string) => `azurerm://acct/states/${name}`
  expect(await namesOf(open('infra/', azure.url))).toEqual(names.map(full))
  expect(await namesOf(open('prod.tfstate?workspaces=true', azure.url))).toEqual(
    ['prod.tfstate', 'prod.tfstateenv:blue'].map(full),
  )
  expect(await namesOf(open('', azure.url))).toEqual(
    [...names, 'other.tfstate', 'prod.tfstate', 'prod.tfstateenv:blue'].map(full).toSorted(),
  )
})

test('a shared access signature, a service principal and a managed identity are taken too', async () => {
  const blobs = new Map([['s', state('a')]])
  await using signed = await storage(
    blobs,
    (_, { searchParams }) => searchParams.get('sig') === 'a+b/c=' && searchParams.get('sv') === '1',
  )
  expect(await textOf(open('s', signed.url, { ARM_SAS_TOKEN: '?sv=1&sig=a%2Bb%2Fc%3D' }))).toBe(state('a'))
  await using azure = await storage(blobs, (_, __, { authorization }) => authorization === 'Bearer token-of-entra')
  let asked = 0
  await using entra = await serve((_, { pathname, searchParams }, headers, body) => {
    asked++
    const form = new URLSearchParams(body)
    const isPrincipal = pathname === '/tenant/oauth2/v2.0/token' && form.get('client_id') === 'client'
    const proof = form.get('client_secret') ?? form.get('client_assertion')
    const isIdentity =
      headers['x-identity-header'] === 'header' && searchParams.get('resource') === 'https://storage.azure.com/'
    if (!(isPrincipal && (proof === 'secret' || proof === 'jwt')) && !isIdentity) return { status: 401 }
    return { body: JSON.stringify({ access_token: 'token-of-entra', expires_in: isIdentity ? '3600' : 3600 }) }
  })
  const principal = { ARM_TENANT_ID: 'tenant', ARM_CLIENT_ID: 'client', AZURE_AUTHORITY_HOST: entra.url }
  const place = open('s', azure.url, { ...principal, ARM_CLIENT_SECRET: 'secret' })
  expect(await textOf(place)).toBe(state('a'))
  await Promise.all([place.stat(place.name, limits, never), place.stat(place.name, limits, never)])
  expect(asked).toBe(1)
  await using folder = await temporaryFolder()
  const file = await folder.write('token', 'jwt\n')
  expect(await textOf(open('s', azure.url, { ...principal, AZURE_FEDERATED_TOKEN_FILE: file }))).toBe(state('a'))
  const identity = { IDENTITY_ENDPOINT: `${entra.url}/msi`, IDENTITY_HEADER: 'header' }
  expect(await textOf(open('s', azure.url, identity))).toBe(state('a'))
  const wrong = open('s', azure.url, { ...principal, ARM_CLIENT_SECRET: 'wrong-secret' })
  const failed = await wrong.stat(wrong.name, limits, never).catch((error: unknown) => error)
  expect(failed).toMatchObject({ message: expect.stringMatching(/answers 401 to the service principal/) })
  expect(JSON.stringify(failed)).not.toContain('wrong-secret')
})

test('what is refused, and what is no list, is an error that says its code and what to do, and no secret', async () => {
  await using azure = await storage(new Map(), bySharedKey)
  const stat = (place: Place) => place.stat(place.name, limits, never)
  await expect(stat(open('none', azure.url))).rejects.toMatchObject({ message: 'answers 404 (BlobNotFound)' })
  const failed = await textOf(open('x', azure.url, { ARM_ACCESS_KEY: 'd3Jvbmc=' })).catch((error: unknown) => error)
  expect(failed).toMatchObject({ message: 'answers 403 (AuthenticationFailed)' })
  expect(JSON.stringify(failed)).not.toContain(key)
  for (const body of ['<html>', '', '<EnumerationResults><Blobs></Blobs></EnumerationResults>']) {
    await using strange = await serve(() => ({ body }))
    await expect(namesOf(open('p/', strange.url))).rejects.toThrow(/answers with/)
  }
  for (const where of ['azurerm://a', 'azurerm://a/', 'azurerm://a/c/?workspaces=true', 'azurerm://a/c/k?key=x'])
    expect(() => azurermPlace(where, {})).toThrow(expect.objectContaining({ code: 'bad_config' }))
})
