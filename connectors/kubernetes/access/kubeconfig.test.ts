import { expect, test } from 'bun:test'
import { chmod } from 'node:fs/promises'
import path from 'node:path'
import { VainoError } from '../../../model/errors.ts'
import { kubeconfigOf } from '../../../test/sources/stand-in-api-server.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { openAccess } from './open-access.ts'

const { signal } = new AbortController()

/** A kubeconfig with this user, written to a folder of its own with other files. */
async function written(user: object, files: Readonly<Record<string, string>> = {}, cluster: object = {}) {
  const folder = await temporaryFolder()
  for (const [name, text] of Object.entries(files)) await folder.write(name, text)
  const config = JSON.parse(kubeconfigOf('https://10.0.0.1:6443/base', user))
  Object.assign(config.clusters[0].cluster, cluster)
  const KUBECONFIG = await folder.write('config', JSON.stringify(config))
  return { folder, KUBECONFIG, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

const credentialOf = async (KUBECONFIG: string) => {
  const { credentials } = await openAccess('test', { KUBECONFIG })
  return credentials.current(signal)
}

const failureOf = async (environment: Readonly<Record<string, string>>, where = 'test'): Promise<VainoError> => {
  const error: unknown = await openAccess(where, environment)
    .then(
      async ({ credentials }) => credentials.current(signal),
      (thrown: unknown) => thrown,
    )
    .catch((thrown: unknown) => thrown)
  if (error instanceof VainoError) return error
  throw new Error('it did not fail')
}

test('of several files the first that names an entry wins, and one that is missing is passed over', async () => {
  await using one = await written({ token: 'first' })
  await using two = await written({ token: 'second' })
  const KUBECONFIG = ['/nowhere/config', one.KUBECONFIG, two.KUBECONFIG].join(path.delimiter)
  expect((await credentialOf(KUBECONFIG)).headers).toEqual({ authorization: 'Bearer first' })
})

test('a cluster of one file is joined with the context of another', async () => {
  await using folder = await temporaryFolder()
  const config = JSON.parse(kubeconfigOf('https://10.0.0.1:6443'))
  const { contexts, clusters, users } = config
  const files = [{ contexts }, { clusters, users }].map((part, n) => folder.write(`part${n}`, JSON.stringify(part)))
  const access = await openAccess('test', { KUBECONFIG: (await Promise.all(files)).join(path.delimiter) })
  expect(access.server.href).toBe('https://10.0.0.1:6443/')
})

test('a context that is not there is named, with the one that was meant', async () => {
  await using at = await written({})
  const error = await failureOf({ KUBECONFIG: at.KUBECONFIG }, 'tset')
  expect([error.message, error.hint]).toEqual([
    `the kubeconfig ${at.KUBECONFIG} has no context "tset"`,
    'Did you mean kubernetes:test?',
  ])
})

test('without a kubeconfig the error says where it was looked for', async () => {
  expect((await failureOf({ HOME: '/nobody' })).message).toBe('no kubeconfig is at /nobody/.kube/config')
})

test('a file that is no kubeconfig is refused without a word of what is in it', async () => {
  await using folder = await temporaryFolder()
  for (const text of ['{', 'users: hunter2', 'users: [{name: me, user: {token: [hunter2]}}]']) {
    const KUBECONFIG = await folder.write('config', text)
    const { message } = await failureOf({ KUBECONFIG })
    expect(message).toContain('is none')
    expect(message).not.toContain('hunter2')
  }
})

test('a token’s file is read again when others have renewed it', async () => {
  await using at = await written({ token: 'stale', tokenFile: 'token' }, { token: 'one\n' })
  const { credentials } = await openAccess('test', { KUBECONFIG: at.KUBECONFIG })
  expect((await credentials.current(signal)).headers.authorization).toBe('Bearer one')
  await at.folder.write('token', 'two')
  credentials.refused()
  expect((await credentials.current(signal)).headers.authorization).toBe('Bearer two')
})

test('a certificate stands in the kubeconfig or beside it, and always with its key', async () => {
  await using data = await written({
    'client-certificate-data': Buffer.from('CERT').toString('base64'),
    'client-key-data': Buffer.from('KEY').toString('base64'),
  })
  expect((await credentialOf(data.KUBECONFIG)).certificate).toEqual({ cert: 'CERT', key: 'KEY' })
  await using files = await written(
    { 'client-certificate': 'c.pem', 'client-key': 'k.pem' },
    { 'c.pem': 'C', 'k.pem': 'K' },
  )
  expect((await credentialOf(files.KUBECONFIG)).certificate).toEqual({ cert: 'C', key: 'K' })
  await using keyless = await written({ 'client-certificate': 'c.pem' }, { 'c.pem': 'C' })
  expect((await failureOf({ KUBECONFIG: keyless.KUBECONFIG })).message).toBe(
    'the user has a client certificate and no client key',
  )
})

test('a user that acts as another one asks so', async () => {
  await using at = await written({
    token: 't',
    as: 'auditor',
    'as-groups': ['a', 'b'],
    'as-user-extra': { Why: ['x'] },
  })
  expect((await credentialOf(at.KUBECONFIG)).headers).toEqual({
    authorization: 'Bearer t',
    'impersonate-user': 'auditor',
    'impersonate-group': ['a', 'b'],
    'impersonate-extra-why': ['x'],
  })
})

test.each([
  ['azure', 'kubelogin'],
  ['gcp', 'gke-gcloud-auth-plugin'],
])('the auth-provider %s is refused with its exec plugin', async (name, plugin) => {
  await using at = await written({ 'auth-provider': { name } })
  const error = await failureOf({ KUBECONFIG: at.KUBECONFIG })
  expect(error.message).toContain(`auth-provider "${name}"`)
  expect(error.hint).toContain(plugin)
})

const plugin = `#!/bin/sh
echo "$KUBERNETES_EXEC_INFO $1 $COLOUR \${VAINO_TOKEN-none}" >> "$(dirname "$0")/runs"
`

async function withPlugin(answer: string, exec: object = {}) {
  const at = await written(
    { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', ...exec } },
    { plugin: `${plugin}${answer}` },
  )
  await chmod(path.join(at.folder.path, 'plugin'), 0o755)
  return at
}

const credential = (status: object): string => `echo '${JSON.stringify({ kind: 'ExecCredential', status })}'\n`

test('an exec plugin runs once for all who wait, with its arguments, variables and what it is told of the cluster', async () => {
  await using at = await withPlugin(credential({ token: 'made', expirationTimestamp: '2999-01-01T00:00:00Z' }), {
    args: ['get-token'],
    env: [{ name: 'COLOUR', value: 'red' }],
    provideClusterInfo: true,
  })
  const { credentials } = await openAccess('test', { KUBECONFIG: at.KUBECONFIG })
  process.env.VAINO_TOKEN = 'of the server itself'
  const all = await Promise.all([1, 2, 3].map(() => credentials.current(signal)))
  delete process.env.VAINO_TOKEN
  expect(all.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer made'))
  const runs = (await Bun.file(path.join(at.folder.path, 'runs')).text()).trim().split('\n')
  expect(runs).toHaveLength(1)
  expect(runs[0]).toContain('"server":"https://10.0.0.1:6443/base"')
  expect(runs[0]).toEndWith(' get-token red none')
  credentials.refused()
  await credentials.current(signal)
  expect((await Bun.file(path.join(at.folder.path, 'runs')).text()).trim().split('\n')).toHaveLength(2)
})

test.each([
  ['exit 3', 'ended with 3'],
  ['echo hunter2', 'answers with no ExecCredential'],
  [credential({}), 'neither a token nor a certificate'],
])('an exec plugin that says %s is named, without its output', async (answer, said) => {
  await using at = await withPlugin(`echo hunter2 >&2\n${answer}`)
  const { message } = await failureOf({ KUBECONFIG: at.KUBECONFIG })
  expect(message).toContain('the exec plugin plugin')
  expect(message).toContain(said)
  expect(message).not.toContain('hunter2')
})

test('an exec plugin that is not installed is named with its own hint', async () => {
  await using at = await written({ exec: { command: 'no-such-plugin-here', installHint: 'Install it so.' } })
  const error = await failureOf({ KUBECONFIG: at.KUBECONFIG })
  expect([error.message, error.hint]).toEqual([
    'the exec plugin no-such-plugin-here is not installed',
    'Install it so.',
  ])
})

test('a certificate is left unchecked only where the kubeconfig says so', async () => {
  await using checked = await written({})
  expect((await openAccess('test', { KUBECONFIG: checked.KUBECONFIG })).skipsVerification).toBe(false)
  await using unchecked = await written({}, {}, { 'insecure-skip-tls-verify': true })
  expect((await openAccess('test', { KUBECONFIG: unchecked.KUBECONFIG })).skipsVerification).toBe(true)
})

test('a proxy is the cluster’s own, else that of the variables, except for loopback and what they leave out', async () => {
  const proxyOf = async (cluster: object, environment: Record<string, string>) => {
    await using at = await written({}, {}, cluster)
    return (await openAccess('test', { KUBECONFIG: at.KUBECONFIG, ...environment })).proxy?.href ?? null
  }
  const HTTPS_PROXY = 'http://proxy:3128'
  expect(await proxyOf({}, {})).toBe(null)
  expect(await proxyOf({}, { HTTPS_PROXY })).toBe('http://proxy:3128/')
  expect(await proxyOf({ 'proxy-url': 'http://own:1' }, { HTTPS_PROXY })).toBe('http://own:1/')
  expect(await proxyOf({ server: 'https://api.prod.example' }, { HTTPS_PROXY, NO_PROXY: 'x, .prod.example' })).toBe(
    null,
  )
  expect(await proxyOf({ server: 'https://10.1.2.3' }, { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8' })).toBe(null)
  expect(await proxyOf({ server: 'https://11.1.2.3' }, { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8' })).not.toBe(null)
  expect(await proxyOf({ server: 'https://127.0.0.1:6443' }, { HTTPS_PROXY })).toBe(null)
  await using socks = await written({}, {}, { 'proxy-url': 'socks5://own:1' })
  expect((await failureOf({ KUBECONFIG: socks.KUBECONFIG })).message).toContain('socks5:')
})

test('outside of a pod there is no service account', async () => {
  const error = await failureOf({}, 'in-cluster')
  expect([error.message, error.hint]).toEqual([
    'this process runs in no pod: KUBERNETES_SERVICE_HOST is not set',
    'From outside use kubernetes:CONTEXT, with the name of a context.',
  ])
})
