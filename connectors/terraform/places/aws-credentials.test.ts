import { expect, test } from 'bun:test'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { AwsCredentials } from './aws-credentials.ts'

const noInstance = { AWS_EC2_METADATA_DISABLED: 'true' }
const secret = 'a-secret-key-nobody-may-see'

/** A home with the two files of the AWS command line. */
async function home(config: string, credentials = '') {
  const folder = await temporaryFolder()
  await folder.write('.aws/config', config)
  await folder.write('.aws/credentials', credentials)
  return folder
}

async function standIn(answer: (request: IncomingMessage, body: string) => string | number) {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const given = answer(request, body)
    if (typeof given === 'number') response.writeHead(given).end()
    else response.end(given)
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

const keysOf = (env: Record<string, string>, at: string, profile: string | null = null) =>
  new AwsCredentials(profile, { ...noInstance, ...env }, at).keys()

test('variables go first, unless a profile is named', async () => {
  await using folder = await home(
    '[default]\nregion = eu-north-1',
    `[default]\naws_access_key_id = FILE\naws_secret_access_key = ${secret}`,
  )
  const env = { AWS_ACCESS_KEY_ID: 'VAR', AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: 'session' }
  expect(await keysOf(env, folder.path)).toEqual({
    accessKeyId: 'VAR',
    secretAccessKey: secret,
    sessionToken: 'session',
  })
  expect((await keysOf(env, folder.path, 'default')).accessKeyId).toBe('FILE')
  expect((await keysOf({}, folder.path)).accessKeyId).toBe('FILE')
  const credentials = new AwsCredentials(null, noInstance, folder.path)
  expect(await credentials.region()).toBe('eu-north-1')
  expect(await new AwsCredentials(null, { AWS_REGION: 'us-west-1' }, folder.path).region()).toBe('us-west-1')
})

test('a role is taken with the keys of another profile, once for all who wait, and anew before it expires', async () => {
  const forms: URLSearchParams[] = []
  let expiresInMs = 60_000
  await using sts = await standIn((request, body) => {
    forms.push(new URLSearchParams(body))
    expect(request.headers.authorization).toContain('Credential=BASE/')
    const expires = new Date(Date.now() + expiresInMs).toISOString()
    return `<AssumeRoleResponse><Credentials><AccessKeyId>ROLE${forms.length}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResponse>`
  })
  await using folder = await home(
    '[profile base]\n[profile reader]\nrole_arn = arn:aws:iam::1:role/reader\nsource_profile = base\nexternal_id = x\ns3 =\n  max_concurrent_requests = 2',
    `[base]\naws_access_key_id = BASE\naws_secret_access_key = ${secret}`,
  )
  const credentials = new AwsCredentials('reader', { ...noInstance, AWS_ENDPOINT_URL_STS: sts.url }, folder.path)
  const all = await Promise.all([credentials.keys(), credentials.keys(), credentials.keys()])
  expect(all.map(({ accessKeyId }) => accessKeyId)).toEqual(['ROLE1', 'ROLE1', 'ROLE1'])
  expect(Object.fromEntries(forms[0] ?? [])).toMatchObject({
    ...{ Action: 'AssumeRole', RoleArn: 'arn:aws:iam::1:role/reader', ExternalId: 'x' },
  })
  expiresInMs = 3_600_000
  expect((await credentials.keys()).accessKeyId).toBe('ROLE2')
  expect((await credentials.keys()).accessKeyId).toBe('ROLE2')
})

test('a web identity, a process, a container and an instance give keys', async () => {
  const document = JSON.stringify({
    AccessKeyId: 'REMOTE',
    SecretAccessKey: secret,
    Token: 't',
    Expiration: '2099-01-01T00:00:00Z',
  })
  await using server = await standIn(({ url, method, headers }, body) => {
    if (
      body.includes('AssumeRoleWithWebIdentity') &&
      body.includes('WebIdentityToken=jwt') &&
      headers.authorization === undefined
    )
      return `<R><AccessKeyId>WEB</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey></R>`
    if (url === '/container') return headers.authorization === 'bearer-token' ? document : 401
    if (url === '/latest/api/token') return method === 'PUT' ? 'imds' : 405
    if (headers['x-aws-ec2-metadata-token'] !== 'imds') return 401
    return url?.endsWith('/security-credentials/') ? 'my-role' : url?.endsWith('/my-role') ? document : 404
  })
  await using folder = await home(
    `[profile p]\ncredential_process = echo '${document.replace('Token', 'SessionToken')}'`,
  )
  const token = await folder.write('token', 'jwt\n')
  const web = {
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    AWS_ROLE_ARN: 'arn:aws:iam::1:role/w',
    AWS_ENDPOINT_URL: server.url,
  }
  expect((await keysOf(web, folder.path)).accessKeyId).toBe('WEB')
  expect(await keysOf({ AWS_PROFILE: 'p' }, folder.path)).toMatchObject({ accessKeyId: 'REMOTE', sessionToken: 't' })
  const container = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/container`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'bearer-token',
  }
  expect((await keysOf(container, folder.path)).accessKeyId).toBe('REMOTE')
  const instance = { AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url }
  expect((await keysOf(instance, folder.path)).accessKeyId).toBe('REMOTE')
})

test('what gives no keys says which place, and what to do; no message holds a secret', async () => {
  await using folder = await home(
    `[profile sso]\nsso_session = corp\n[profile circle]\nrole_arn = r\nsource_profile = circle2\n[profile circle2]\nrole_arn = r\nsource_profile = circle\n[profile broken]\ncredential_process = echo ${secret}; exit 3\n[profile talk]\ncredential_process = echo ${secret}`,
  )
  const cases: [Record<string, string>, string | null, RegExp][] = [
    [{}, null, /no credentials are found/],
    [{ AWS_PROFILE: 'nobody' }, null, /the profile "nobody" is in no file/],
    [{}, 'sso', /the profile "sso" signs in through a browser/],
    [{}, 'circle', /go in a circle/],
    [{}, 'broken', /credential_process of the profile "broken" ended with 3/],
    [{}, 'talk', /gave no JSON/],
    [{ AWS_WEB_IDENTITY_TOKEN_FILE: join(folder.path, 'none'), AWS_ROLE_ARN: 'r' }, null, /cannot be read/],
  ]
  for (const [env, profile, message] of cases) {
    const refused = await keysOf(env, folder.path, profile).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(message),
      hint: expect.any(String),
    })
    expect(JSON.stringify(refused)).not.toContain(secret)
  }
})
