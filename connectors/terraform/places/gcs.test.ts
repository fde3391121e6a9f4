import { expect, test } from 'bun:test'
import { createVerify, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { gcsPlace } from './gcs.ts'
import { GoogleToken } from './gcs-token.ts'
import type { Place } from './place.ts'

const limits = { timeoutMs: 5000, maxBytes: 1_000_000 }
const never = new AbortController().signal
const token = 'ya29.secret-token'
const state = (name: string) => state4([resource4(name, { id: name })])

async function serve(
  answer: (url: URL, headers: Record<string, unknown>, body: string) => { status?: number; body: string },
) {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { status = 200, body: given } = answer(new URL(request.url ?? '', 'http://x'), request.headers, body)
    response.writeHead(status).end(given)
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

/** A stand-in for Cloud Storage, after its published JSON API: objects with generations, lists in pages, media. */
const storage = (objects: ReadonlyMap<string, string>, pageSize = 3) =>
  serve(({ pathname, searchParams }, headers) => {
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: token }
    const generationOf = (name: string) => String(Bun.hash.crc32(objects.get(name) ?? ''))
    const rest = /^\/storage\/v1\/b\/states\/o(?:\/(.+))?$/.exec(pathname)
    if (rest === null) return { status: 404, body: '' }
    if (rest[1] === undefined) {
      const all = [...objects.keys()].filter((name) => name.startsWith(searchParams.get('prefix') ?? ''))
      const from = Number(searchParams.get('pageToken') ?? 0)
      const items = all.slice(from, from + pageSize).map((name) => ({ name, generation: generationOf(name) }))
      const more = from + pageSize < all.length ? { nextPageToken: String(from + pageSize) } : {}
      return { body: JSON.stringify({ ...(items.length > 0 && { items }), ...more }) }
    }
    const name = decodeURIComponent(rest[1])
    const text = objects.get(name)
    if (text === undefined) return { status: 404, body: '' }
    return {
      body: searchParams.get('alt') === 'media' ? text : JSON.stringify({ name, generation: generationOf(name) }),
    }
  })

const open = (where: string, endpoint: string) =>
  gcsPlace(`gs://${where}?endpoint=${endpoint}`, { GOOGLE_OAUTH_ACCESS_TOKEN: token }, '/nowhere')

async function textOf(place: Place, name = place.name): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of place.read(name, limits, never)) parts.push(part)
  return Buffer.concat(parts).toString()
}

test('one object is read by its name, and its generation is another one when it is written', async () => {
  const objects = new Map([['prod/a b+é.tfstate', state('a')]])
  await using gcs = await storage(objects)
  const place = open('states/prod/a b+é.tfstate', gcs.url)
  expect([place.name, place.isOne]).toEqual(['gs://states/prod/a b+é.tfstate', true])
  expect(await textOf(place)).toBe(state('a'))
  const first = await place.stat(place.name, limits, never)
  objects.set('prod/a b+é.tfstate', state('b'))
  expect(await place.stat(place.name, limits, never)).not.toBe(first)
})

test('below a prefix all states are found, over pages', async () => {
  const names = Array.from({ length: 10 }, (_, n) => `infra/w${n}.tfstate`)
  await using gcs = await storage(
    new Map([...names, 'infra/default.tflock', 'other/x.tfstate'].map((name) => [name, state('a')])),
  )
  const place = open('states/infra/', gcs.url)
  const listed = await place.list(limits, never)
  expect(listed.map(({ name }) => name).toSorted()).toEqual(names.map((name) => `gs://states/${name}`).toSorted())
  expect(listed.every(({ version }) => /^\d+$/.test(version ?? ''))).toBe(true)
  expect(await open('states/none/', gcs.url).list(limits, never)).toEqual([])
})

test('what is refused, and what is no answer of Cloud Storage, is an error that says what to do', async () => {
  await using gcs = await storage(new Map())
  const stat = (where: string, endpoint: string) => open(where, endpoint).stat(`gs://${where}`, limits, never)
  await expect(stat('states/none', gcs.url)).rejects.toMatchObject({ message: 'answers 404' })
  const wrong = gcsPlace(`gs://states/x?endpoint=${gcs.url}`, { GOOGLE_OAUTH_ACCESS_TOKEN: 'other' }, '/nowhere')
  const refused = await wrong.stat('gs://states/x', limits, never).catch((error: unknown) => error)
  expect(refused).toMatchObject({ message: 'answers 401', hint: expect.stringContaining('gcloud auth') })
  expect(JSON.stringify(refused)).not.toContain(token)
  for (const body of ['<html>', '[]', '{"items":[{}]}']) {
    await using strange = await serve(() => ({ body }))
    await expect(open('states/p/', strange.url).list(limits, never)).rejects.toThrow(/not as Cloud Storage does/)
  }
})

test('a token comes from a key file, a sign-in of gcloud or the metadata server, once for all who wait', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  let asked = 0
  await using google = await serve(({ pathname }, headers, body) => {
    asked++
    if (pathname.startsWith('/computeMetadata/')) {
      return headers['metadata-flavor'] === 'Google'
        ? { body: '{"access_token":"of-instance","expires_in":3600}' }
        : { status: 403, body: '' }
    }
    const form = new URLSearchParams(body)
    if (form.get('refresh_token') === 'refresh') return { body: '{"access_token":"of-user","expires_in":3600}' }
    const [head, claims, signature = ''] = (form.get('assertion') ?? '').split('.')
    const isSigned = createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')
    return isSigned ? { body: '{"access_token":"of-key","expires_in":3600}' } : { status: 400, body: '' }
  })
  await using folder = await temporaryFolder()
  const token_uri = `${google.url}/token`
  const key = {
    type: 'service_account',
    client_email: 'a@b',
    token_uri,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
  const keyFile = await folder.write('key.json', JSON.stringify(key))
  const ofKey = new GoogleToken({ GOOGLE_APPLICATION_CREDENTIALS: keyFile }, folder.path)
  expect(await Promise.all([ofKey.text(), ofKey.text()])).toEqual(['of-key', 'of-key'])
  expect([await ofKey.text(), asked]).toEqual(['of-key', 1])
  const metadata = { GCE_METADATA_HOST: new URL(google.url).host }
  expect(await new GoogleToken(metadata, folder.path).text()).toBe('of-instance')
  const user = { type: 'authorized_user', client_id: 'i', client_secret: 's', refresh_token: 'refresh', token_uri }
  await folder.write('.config/gcloud/application_default_credentials.json', JSON.stringify(user))
  expect(await new GoogleToken({}, folder.path).text()).toBe('of-user')
})

test('credentials that give no token say why, and hold no key', async () => {
  await using folder = await temporaryFolder()
  const secret = 'a-key-nobody-may-see'
  const named = async (text: string) => ({
    GOOGLE_APPLICATION_CREDENTIALS: await folder.write(`key${text.length}.json`, text),
  })
  const account = { type: 'service_account', client_email: 'a@b', private_key: secret }
  const cases: [Record<string, string>, RegExp][] = [
    [await named(secret), /is no JSON/],
    [await named(JSON.stringify(account)), /signs nothing/],
    [{ GCE_METADATA_HOST: '127.0.0.1:9' }, /no credentials are found/],
    [{ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json' }, /cannot be read/],
  ]
  for (const [env, message] of cases) {
    const refused = await new GoogleToken(env, folder.path).text().catch((error: unknown) => error)
    expect(refused).toMatchObject({ message: expect.stringMatching(message), hint: expect.any(String) })
    expect(JSON.stringify(refused)).not.toContain(secret)
  }
})
