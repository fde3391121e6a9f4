import { expect, test } from 'bun:test'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CredentialOptions, Credentials } from './credentials.ts'

const plain: CredentialOptions = {
  impersonate: null,
  delegates: [],
  quotaProject: null,
  usesMetadataServer: true,
  iamCredentialsEndpoint: null,
}

/** A machine that gives tokens, and IAM, which gives those of the accounts that it may be. */
async function machine() {
  const asked: { path: string; by: string | undefined; body: string }[] = []
  const server = createServer(async (request, answer) => {
    let body = ''
    for await (const part of request) body += part
    asked.push({ path: request.url ?? '', by: request.headers.authorization, body })
    const isIam = request.url?.includes(':generateAccessToken') === true
    const expireTime = new Date(Date.now() + 3_600_000).toISOString()
    answer.writeHead(200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' })
    answer.end(
      JSON.stringify(
        isIam
          ? { accessToken: 'of the robot', expireTime }
          : { access_token: `token ${asked.length}`, expires_in: 3600, token_type: 'Bearer' },
      ),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, { GCE_METADATA_HOST: host, METADATA_SERVER_DETECTION: 'assume-present' })
  return { asked, host, [Symbol.asyncDispose]: async () => void server.close() }
}

test('the machine’s own account is asked once, and again when its token was refused', async () => {
  await using at = await machine()
  const credentials = new Credentials({ ...plain, quotaProject: 'payer' }, {})
  const first = await credentials.headers()
  expect(first).toMatchObject({
    authorization: expect.stringContaining('Bearer token'),
    'x-goog-user-project': 'payer',
  })
  expect(await credentials.headers()).toEqual(first)
  credentials.drop()
  expect((await credentials.headers()).authorization).not.toBe(first.authorization ?? '')
  expect(at.asked.filter(({ path }) => path.includes('/token'))).toHaveLength(2)
})

test('a service account is impersonated over those in between', async () => {
  await using at = await machine()
  const credentials = new Credentials(
    {
      ...plain,
      impersonate: 'robot@acme-shop.iam.gserviceaccount.com',
      delegates: ['between@acme-shop.iam.gserviceaccount.com'],
      iamCredentialsEndpoint: `http://${at.host}`,
    },
    {},
  )
  expect((await credentials.headers()).authorization).toBe('Bearer of the robot')
  const [call] = at.asked.filter(({ path }) => path.includes(':generateAccessToken'))
  expect(call?.path).toContain('/robot@acme-shop.iam.gserviceaccount.com:generateAccessToken')
  expect(call?.by).toContain('Bearer token')
  expect(JSON.parse(call?.body ?? '{}').delegates).toEqual([
    'projects/-/serviceAccounts/between@acme-shop.iam.gserviceaccount.com',
  ])
})

test('a token of Terraform’s variable is used as it is', async () => {
  const credentials = new Credentials(plain, { GOOGLE_OAUTH_ACCESS_TOKEN: 'given' })
  expect(await credentials.headers()).toEqual({ authorization: 'Bearer given' })
})

test('without the metadata server nothing is asked of the machine, and a failure says what to do', async () => {
  await using at = await machine()
  const credentials = new Credentials({ ...plain, usesMetadataServer: false }, {})
  await expect(credentials.headers()).rejects.toMatchObject({
    code: 'source_failed',
    hint: expect.stringContaining('gcloud auth application-default login'),
  })
  expect(at.asked).toEqual([])
})

test('the environment’s project is the one', async () => {
  expect(await new Credentials(plain, { GOOGLE_CLOUD_PROJECT: 'acme-shop' }).project()).toBe('acme-shop')
})
