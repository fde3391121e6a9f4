import { afterEach, expect, spyOn, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { queueService } from '../../test/aws/queue-service.ts'
import { FaultProxy } from '../../test/estate/fault-proxy.ts'
import { Moto } from '../../test/estate/moto.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { aws } from './connector.ts'

// Where credentials come from, each over a stand-in on loopback of what AWS documents. The runner's own variables rule the real ones out.
const before = { ...process.env }
afterEach(() => {
  for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name]
  Object.assign(process.env, before)
})
const without = (...names: readonly string[]): void => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', ...names]) delete process.env[name]
}

const options = { regions: ['eu-west-1'], types: { include: ['aws_sqs_queue'] } }
async function scanOf(where = '') {
  const sink = recordingSink()
  await scanAll(openSource(aws, where, options), sink)
  return sink.scans
}

/** Answers each request with the JSON that its method and path have, or with a text; 404 where they have none. */
async function serving(answers: Readonly<Record<string, object | string>>) {
  const requests: { readonly what: string; readonly headers: IncomingMessage['headers'] }[] = []
  const server = createServer((request, answer) => {
    const what = `${request.method} ${request.url?.split('?')[0]}`
    requests.push({ what, headers: request.headers })
    const found = answers[what]
    answer.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    answer.end(typeof found === 'string' ? found : JSON.stringify(found ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const inAnHour = () => new Date(Date.now() + 3_600_000)
const signers = ({ calls }: Awaited<ReturnType<typeof queueService>>) => [
  ...new Set(calls.map(({ signedBy }) => signedBy)),
]

/** A profile of SSO, and the file that `aws sso login` leaves. */
async function loggedIn(
  folder: Awaited<ReturnType<typeof temporaryFolder>>,
  expiresAt: Date,
  more: object = {},
): Promise<void> {
  const config = [
    '[profile ops]',
    ...['sso_session = corp', 'sso_account_id = 111122223333', 'sso_role_name = Reader', 'region = eu-west-1'],
    '[sso-session corp]',
    ...['sso_start_url = https://corp.example.com/start', 'sso_region = eu-west-1'],
  ]
  const token = { accessToken: 'sso-token', expiresAt: expiresAt.toISOString(), region: 'eu-west-1', ...more }
  const name = createHash('sha1').update('corp').digest('hex')
  process.env.AWS_CONFIG_FILE = await folder.write('config', `${config.join('\n')}\n`)
  process.env.HOME = folder.path
  await folder.write(`.aws/sso/cache/${name}.json`, JSON.stringify(token))
}

test('a profile of SSO takes the token that `aws sso login` has left, and asks the portal for the role’s keys', async () => {
  await using service = await queueService(['a'])
  await using folder = await temporaryFolder()
  await using portal = await serving({
    'GET /federation/credentials': {
      roleCredentials: {
        ...{ accessKeyId: 'SSOKEY', secretAccessKey: 'example-only', sessionToken: 'example-only' },
        expiration: inAnHour().getTime(),
      },
    },
  })
  without()
  await loggedIn(folder, inAnHour())
  Object.assign(process.env, { AWS_ENDPOINT_URL: service.url, AWS_ENDPOINT_URL_SSO: portal.url })
  const [scan] = await scanOf('ops')
  expect(messages(scan?.outcome?.errors)).toEqual([])
  expect(signers(service)).toEqual(['SSOKEY eu-west-1'])
  expect(portal.requests[0]?.headers['x-amz-sso_bearer_token']).toBe('sso-token')
})

test('a token of SSO that has expired is renewed with what the login has left for that', async () => {
  await using service = await queueService(['a'])
  await using folder = await temporaryFolder()
  await using portal = await serving({
    'POST /token': { accessToken: 'renewed', tokenType: 'Bearer', expiresIn: 3600, refreshToken: 'example-only-2' },
    'GET /federation/credentials': {
      roleCredentials: {
        ...{ accessKeyId: 'SSOKEY', secretAccessKey: 'example-only', sessionToken: 'example-only' },
        expiration: inAnHour().getTime(),
      },
    },
  })
  without()
  await loggedIn(folder, new Date(Date.now() - 60_000), {
    ...{ clientId: 'vaino-test', clientSecret: 'example-only', refreshToken: 'example-only' },
    registrationExpiresAt: inAnHour().toISOString(),
  })
  Object.assign(process.env, { AWS_ENDPOINT_URL: service.url, AWS_ENDPOINT_URL_SSO: portal.url })
  process.env.AWS_ENDPOINT_URL_SSO_OIDC = portal.url
  const [scan] = await scanOf('ops')
  expect(messages(scan?.outcome?.errors)).toEqual([])
  expect(signers(service)).toEqual(['SSOKEY eu-west-1'])
  expect(portal.requests.map(({ what }) => what)).toEqual(['POST /token', 'GET /federation/credentials'])
  expect(portal.requests[1]?.headers['x-amz-sso_bearer_token']).toBe('renewed')
})

test('a token of SSO that has expired says what to type', async () => {
  await using folder = await temporaryFolder()
  without()
  await loggedIn(folder, new Date(Date.now() - 60_000))
  const lists = openSource(aws, 'ops', options).targets(new AbortController().signal)
  await expect(lists[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    message: expect.stringContaining('profile ops gives no AWS credentials'),
    hint: expect.stringContaining('aws sso login'),
  })
})

test('a profile beside keys in the environment wins, and nothing of AWS’s client is printed', async () => {
  await using service = await queueService(['a'])
  await using folder = await temporaryFolder()
  const file = await folder.write(
    'config',
    '[profile ops]\naws_access_key_id = OPSKEY\naws_secret_access_key = example-only\n',
  )
  Object.assign(process.env, { AWS_ENDPOINT_URL: service.url, AWS_CONFIG_FILE: file, AWS_PROFILE: 'ops' })
  const warned = spyOn(console, 'warn')
  const [scan] = await scanOf()
  expect(messages(scan?.outcome?.errors)).toEqual([])
  expect(signers(service)).toEqual(['OPSKEY eu-west-1'])
  expect(warned).not.toHaveBeenCalled()
  warned.mockRestore()
})

test('a web identity, as a pod has it, is exchanged for a role’s keys', async () => {
  await using moto = await Moto.start()
  await using proxy = await FaultProxy.start(moto.url)
  await using folder = await temporaryFolder()
  without()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: proxy.url,
    AWS_ROLE_ARN: 'arn:aws:iam::222222222222:role/vaino',
    AWS_WEB_IDENTITY_TOKEN_FILE: await folder.write('token', 'header.payload.signature'),
  })
  const [scan] = await scanOf()
  expect(messages(scan?.outcome?.errors)).toEqual([])
  expect(scan?.scope as string).toBe('aws/222222222222/eu-west-1/aws_sqs_queue')
  expect(proxy.calls.map(({ operation }) => operation)).toContain('AssumeRoleWithWebIdentity')
}, 60_000)

test('a container’s keys are asked for where its variable says', async () => {
  await using service = await queueService(['a'])
  await using agent = await serving({
    'GET /keys': {
      ...{ AccessKeyId: 'TASKKEY', SecretAccessKey: 'example-only', Token: 'example-only' },
      Expiration: inAnHour().toISOString(),
    },
  })
  without()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: service.url,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${agent.url}/keys`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'of-the-task',
  })
  const [scan] = await scanOf()
  expect(messages(scan?.outcome?.errors)).toEqual([])
  expect(signers(service)).toEqual(['TASKKEY eu-west-1'])
  expect(agent.requests[0]?.headers.authorization).toBe('of-the-task')
})

const instance = {
  'PUT /latest/api/token': 'of-the-instance',
  'GET /latest/meta-data/iam/security-credentials/': 'reader',
  'GET /latest/meta-data/iam/security-credentials/reader': {
    ...{
      Code: 'Success',
      Type: 'AWS-HMAC',
      LastUpdated: new Date().toISOString(),
      Expiration: inAnHour().toISOString(),
    },
    ...{ AccessKeyId: 'INSTANCEKEY', SecretAccessKey: 'example-only', Token: 'example-only' },
  },
}

test('an instance’s keys are asked for with a token of the metadata service’s second version', async () => {
  await using service = await queueService(['a'])
  await using metadata = await serving(instance)
  without('AWS_EC2_METADATA_DISABLED')
  Object.assign(process.env, { AWS_ENDPOINT_URL: service.url, AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url })
  const [scan] = await scanOf()
  expect(messages(scan?.outcome?.errors)).toEqual([])
  expect(signers(service)).toEqual(['INSTANCEKEY eu-west-1'])
  expect(metadata.requests.map(({ what }) => what)).toEqual(Object.keys(instance))
})

test('in tests no metadata service is asked', async () => {
  await using metadata = await serving(instance)
  without()
  process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = metadata.url
  const lists = openSource(aws, '', options).targets(new AbortController().signal)
  await expect(lists[Symbol.asyncIterator]().next()).rejects.toThrow('gives no AWS credentials')
  expect(metadata.requests).toEqual([])
})
