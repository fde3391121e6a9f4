import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { VainoError } from '../../../model/errors.ts'
import type { ClusterAccess } from './access.ts'
import { certificateOf, credentialsOf, pemOf, TokenFile } from './credentials.ts'
import { type KubeContext, readContext } from './kubeconfig.ts'
import { proxyOf } from './proxy-of.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The `where` that means: this process runs in a pod of the cluster. */
export const inCluster = 'in-cluster'

/** Where Kubernetes mounts a pod's service account. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

/** @throws VainoError `source_failed` where the kubeconfig, the service account or the credentials can't be used */
export const openAccess = (where: string, environment: Environment): Promise<ClusterAccess> =>
  where === inCluster ? accessInCluster(environment) : accessOfContext(where, environment)

async function accessOfContext(name: string, environment: Environment): Promise<ClusterAccess> {
  const context = await readContext(name, environment)
  const { entry, folder } = context.cluster
  const server = serverOf(context)
  const authorities = await pemOf(
    entry['certificate-authority-data'],
    entry['certificate-authority'],
    folder,
    'certificate authority',
  )
  const certificate = await certificateOf(context.user)
  const proxyUrl = entry['proxy-url'] || undefined
  return {
    server,
    authorities,
    serverName: entry['tls-server-name'] || null,
    skipsVerification: entry['insecure-skip-tls-verify'] === true,
    proxy: proxyOf(server, proxyUrl, environment),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([entry, authorities, context.user?.entry, certificate]))
      .digest('hex'),
    credentials: credentialsOf(context.user, certificate, {
      server: server.href,
      ...(authorities === null ? {} : { 'certificate-authority-data': Buffer.from(authorities).toString('base64') }),
      ...(entry['tls-server-name'] ? { 'tls-server-name': entry['tls-server-name'] } : {}),
      ...(entry['insecure-skip-tls-verify'] ? { 'insecure-skip-tls-verify': true } : {}),
      ...(proxyUrl === undefined ? {} : { 'proxy-url': proxyUrl }),
    }),
  }
}

function serverOf({ name, cluster }: KubeContext): URL {
  const given = cluster.entry.server ?? ''
  const url = URL.parse(given.includes('://') ? given : `https://${given}`)
  if (given !== '' && url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  throw new VainoError('source_failed', `the cluster of the context "${name}" has no usable address`, {
    hint: 'Its server is an address such as https://10.0.0.1:6443.',
  })
}

async function accessInCluster(environment: Environment): Promise<ClusterAccess> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment
  if (!host) {
    throw new VainoError('source_failed', 'this process runs in no pod: KUBERNETES_SERVICE_HOST is not set', {
      hint: 'From outside use kubernetes:CONTEXT, with the name of a context.',
    })
  }
  const authorities = await readFile(`${serviceAccount}/ca.crt`, 'utf8').catch((cause: unknown) => {
    throw new VainoError('source_failed', `the service account at ${serviceAccount} can't be read`, {
      hint: 'The pod needs automountServiceAccountToken: true.',
      cause,
    })
  })
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    authorities,
    serverName: null,
    skipsVerification: false,
    proxy: null,
    credentials: new TokenFile(`${serviceAccount}/token`),
    fingerprint: createHash('sha256').update(`${host} ${port} ${authorities}`).digest('hex'),
  }
}
