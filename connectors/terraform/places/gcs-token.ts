import { createSign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, VainoError } from '../../../model/errors.ts'
import type { UrlLimits } from '../read-url.ts'
import { Renewed } from './renewed.ts'
import { textOf } from './small-answer.ts'

type Environment = Readonly<Record<string, string | undefined>>

const limits: UrlLimits = { timeoutMs: 10_000, maxBytes: 1 << 20 }
/** A machine outside of Google Cloud has no answer to this at all. */
const metadataLimits: UrlLimits = { timeoutMs: 1000, maxBytes: 1 << 20 }
const readOnly = 'https://www.googleapis.com/auth/devstorage.read_only'

const serviceAccount = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string(),
  private_key: z.string(),
  token_uri: z.string().default('https://oauth2.googleapis.com/token'),
})
const authorizedUser = z.looseObject({
  type: z.literal('authorized_user'),
  client_id: z.string(),
  client_secret: z.string(),
  refresh_token: z.string(),
  token_uri: z.string().default('https://oauth2.googleapis.com/token'),
})
const grant = z.looseObject({ access_token: z.string(), expires_in: z.number() })

interface Token {
  readonly text: string
  readonly expiresAtMs: number
}

/**
 * The access token as Terraform and Google's tools find it: `GOOGLE_OAUTH_ACCESS_TOKEN`, a key file or a sign-in of gcloud (application
 * default credentials), the metadata server.
 */
export class GoogleToken {
  readonly #env: Environment
  readonly #home: string
  readonly #token = new Renewed(() => this.#ask())

  constructor(env: Environment, home: string) {
    this.#env = env
    this.#home = home
  }

  /** @throws VainoError `source_failed`; no message holds a token or a key */
  async text(): Promise<string> {
    const { GOOGLE_OAUTH_ACCESS_TOKEN: given } = this.#env
    if (given) return given
    return (await this.#token.get()).text
  }

  async #ask(): Promise<Token> {
    const { GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_CREDENTIALS, CLOUDSDK_CONFIG } = this.#env
    const named = GOOGLE_APPLICATION_CREDENTIALS || GOOGLE_CREDENTIALS
    const wellKnown = join(
      CLOUDSDK_CONFIG ?? join(this.#home, '.config/gcloud'),
      'application_default_credentials.json',
    )
    const text = named?.trimStart().startsWith('{')
      ? named
      : await readCredentials(named ?? wellKnown, named !== undefined)
    if (text === null) return fromMetadata(this.#env)
    const document = documentOf(text)
    const account = serviceAccount.safeParse(document)
    if (account.success) return fromKey(account.data)
    const user = authorizedUser.safeParse(document)
    if (user.success) {
      const { token_uri, client_id, client_secret, refresh_token } = user.data
      return granted(token_uri, { grant_type: 'refresh_token', client_id, client_secret, refresh_token })
    }
    throw failure(
      'the credentials file is neither a key of a service account nor a sign-in of gcloud',
      'Set GOOGLE_OAUTH_ACCESS_TOKEN, which `gcloud auth print-access-token` prints, or run where a service account is attached.',
    )
  }
}

const failure = (what: string, hint: string): VainoError =>
  new VainoError('source_failed', `cannot be asked for: ${what}`, { hint })

async function readCredentials(path: string, isNamed: boolean): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!isNamed && error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw failure(`${path} cannot be read (${messageOf(error)})`, 'Let the user that runs vaino read it.')
  }
}

function documentOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not repeated: it holds a key.
    throw failure('the credentials file is no JSON', 'Run `gcloud auth application-default login`, or name a key file.')
  }
}

function fromKey({ client_email, private_key, token_uri }: z.output<typeof serviceAccount>): Promise<Token> {
  const now = Math.floor(Date.now() / 1000)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: client_email, scope: readOnly, aud: token_uri, iat: now, exp: now + 3600 }
  const unsigned = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`
  let signature: string
  try {
    signature = createSign('RSA-SHA256').update(unsigned).sign(private_key, 'base64url')
  } catch {
    // The library's message may repeat the key.
    throw failure('the key of the service account signs nothing', 'Make a new key file.')
  }
  const assertion = `${unsigned}.${signature}`
  return granted(token_uri, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
}

async function granted(uri: string, form: Readonly<Record<string, string>>): Promise<Token> {
  const body = new URLSearchParams(form).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const refused = ({ status }: Response) =>
    failure(
      `${new URL(uri).host} answers ${status} to the credentials`,
      'Run `gcloud auth application-default login`, or make a new key file.',
    )
  return tokenOf(await textOf((signal) => fetch(uri, { method: 'POST', headers, body, signal }), refused, limits))
}

async function fromMetadata(env: Environment): Promise<Token> {
  const host = env.GCE_METADATA_HOST ?? 'metadata.google.internal'
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(readOnly)}`
  const none = (): VainoError =>
    failure(
      'no credentials are found',
      'Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key file.',
    )
  try {
    return tokenOf(
      await textOf((signal) => fetch(url, { headers: { 'metadata-flavor': 'Google' }, signal }), none, metadataLimits),
    )
  } catch {
    // The last resort has nothing: what to do about it is the same, whatever it said.
    throw none()
  }
}

function tokenOf(text: string): Token {
  const { data, success } = grant.safeParse(documentOf(text))
  if (!success) throw failure('what should give a token gave none', 'Check the credentials.')
  return { text: data.access_token, expiresAtMs: Date.now() + data.expires_in * 1000 }
}
