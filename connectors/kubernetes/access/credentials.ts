import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { VainoError } from '../../../model/errors.ts'
import type { Credential, Credentials } from './credential.ts'
import { type ExecCluster, ExecPlugin } from './exec-plugin.ts'
import type { Placed } from './kubeconfig.ts'
import type { UserEntry } from './kubeconfig-schema.ts'

/** A token file is read again after this long: a mounted service account's token is renewed within an hour. */
const tokenFileMs = 10_000

/** A token in a file, which others renew. */
export class TokenFile implements Credentials {
  readonly #path: string
  #token: string | null = null
  #readAt = Number.NEGATIVE_INFINITY

  constructor(file: string) {
    this.#path = file
  }

  async current(): Promise<Credential> {
    if (this.#token === null || performance.now() - this.#readAt > tokenFileMs) {
      this.#token = (await textOf(this.#path, 'the token')).trim()
      this.#readAt = performance.now()
      if (this.#token === '') throw unusable(`the token's file ${this.#path} is empty`, 'Who writes it?')
    }
    return bearer(this.#token)
  }

  refused(): void {
    this.#token = null
  }
}

const bearer = (token: string): Credential => ({ headers: { authorization: `Bearer ${token}` }, certificate: null })

/**
 * The credentials of a kubeconfig's user.
 * @throws VainoError `source_failed` where only another program knows the way
 */
export function credentialsOf(
  user: Placed<UserEntry> | null,
  certificate: Credential['certificate'],
  cluster: ExecCluster,
): Credentials {
  if (user === null) return fixed({ headers: {}, certificate: null })
  const { entry, folder } = user
  const provider = entry['auth-provider']?.name
  if (provider !== undefined) throw withoutProvider(provider)
  const headers = impersonation(entry)
  const inner = signIn(entry, folder, cluster)
  return {
    async current(signal) {
      const own = await inner.current(signal)
      return {
        headers: { ...own.headers, ...headers },
        certificate: own.certificate ?? certificate,
      }
    },
    refused: () => inner.refused(),
  }
}

function signIn(entry: UserEntry, folder: string, cluster: ExecCluster): Credentials {
  if (entry.exec) return new ExecPlugin(entry.exec, folder, cluster)
  if (entry.tokenFile) return new TokenFile(path.resolve(folder, entry.tokenFile))
  if (entry.token) return fixed(bearer(entry.token))
  if (!entry.username) return fixed({ headers: {}, certificate: null })
  const pair = Buffer.from(`${entry.username}:${entry.password ?? ''}`).toString('base64')
  return fixed({ headers: { authorization: `Basic ${pair}` }, certificate: null })
}

const fixed = (credential: Credential): Credentials => ({ current: async () => credential, refused: () => undefined })

/** @throws VainoError `source_failed` where a file can't be read, or a certificate has no key */
export async function certificateOf(user: Placed<UserEntry> | null): Promise<Credential['certificate']> {
  if (user === null) return null
  const { entry, folder } = user
  const cert = await pemOf(entry['client-certificate-data'], entry['client-certificate'], folder, 'client certificate')
  const key = await pemOf(entry['client-key-data'], entry['client-key'], folder, 'client key')
  if (cert === null && key === null) return null
  // With one of the two alone the client would be anonymous, without a word.
  if (cert === null) throw unusable('the user has a client key and no client certificate', editHint)
  if (key === null) throw unusable('the user has a client certificate and no client key', editHint)
  return { cert, key }
}

/** PEM that stands in the kubeconfig in base64, or in a file that it names; null where neither does. */
export async function pemOf(
  data: string | undefined,
  file: string | undefined,
  folder: string,
  what: string,
): Promise<string | null> {
  if (data) return Buffer.from(data, 'base64').toString('utf8')
  return file ? await textOf(path.resolve(folder, file), `the ${what}`) : null
}

async function textOf(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it failed'
    throw unusable(`${what} at ${file} can't be read (${code})`, 'Let the user that runs vaino read it.')
  }
}

/** Headers of a user that acts as another one: left out, the client would see more, or less, than was meant. */
function impersonation(entry: UserEntry): Record<string, string | string[]> {
  if (!entry.as) return {}
  const extra = Object.entries(entry['as-user-extra'] ?? {}).map(([name, values]): [string, string[]] => [
    `impersonate-extra-${encodeURIComponent(name.toLowerCase())}`,
    values,
  ])
  return {
    'impersonate-user': entry.as,
    ...(entry['as-uid'] ? { 'impersonate-uid': entry['as-uid'] } : {}),
    ...(entry['as-groups']?.length ? { 'impersonate-group': entry['as-groups'] } : {}),
    ...Object.fromEntries(extra),
  }
}

const plugins: Readonly<Record<string, string>> = {
  azure: 'kubelogin (kubelogin convert-kubeconfig)',
  gcp: 'gke-gcloud-auth-plugin (gcloud container clusters get-credentials)',
  oidc: 'kubectl oidc-login (kubelogin)',
}

/** Kubernetes removed the providers of azure and gcp from its clients in 1.26; each has an exec plugin in its place. */
function withoutProvider(name: string): VainoError {
  const plugin = plugins[name]
  return unusable(
    `the user signs in by the auth-provider "${name}", which is not supported`,
    plugin === undefined ? 'Use its exec plugin.' : `Use its exec plugin ${plugin}.`,
  )
}

const editHint = 'kubectl config set-credentials USER --client-certificate=FILE --client-key=FILE sets both.'

const unusable = (what: string, hint: string): VainoError => new VainoError('source_failed', what, { hint })
