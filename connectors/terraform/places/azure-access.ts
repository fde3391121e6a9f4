import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { messageOf, VainoError } from '../../../model/errors.ts'
import type { UrlLimits } from '../read-url.ts'
import { Renewed } from './renewed.ts'
import { textOf } from './small-answer.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The version of the storage service's protocol; the first one that takes Entra tokens is 2017-11-09. */
const apiVersion = '2021-12-02'
const storageResource = 'https://storage.azure.com/'
const limits: UrlLimits = { timeoutMs: 10_000, maxBytes: 1 << 20 }
/** A machine outside of Azure has no answer to this at all. */
const metadataLimits: UrlLimits = { timeoutMs: 1000, maxBytes: 1 << 20 }
const commandTimeoutMs = 30_000

const grant = z.looseObject({ access_token: z.string(), expires_in: z.coerce.number() })
const commandGrant = z.looseObject({ accessToken: z.string(), expires_on: z.number().optional() })

interface Token {
  readonly text: string
  readonly expiresAtMs: number
}

/**
 * Access to a storage account as Terraform's azurerm backend finds it: the account's key, a shared access signature, a service principal
 * (a secret or a federated token), a managed identity, else whom `az login` has signed in.
 */
export class AzureAccess {
  readonly #account: string
  readonly #env: Environment
  readonly #token = new Renewed(() => this.#ask())

  constructor(account: string, env: Environment) {
    this.#account = account
    this.#env = env
  }

  /** What makes a request one of this account: the address to ask, and its headers. @throws VainoError `source_failed`; no message holds a secret */
  async sign(
    method: 'GET' | 'HEAD',
    url: URL,
  ): Promise<{ readonly url: URL; readonly headers: Record<string, string> }> {
    const { ARM_ACCESS_KEY, AZURE_STORAGE_KEY, ARM_SAS_TOKEN, AZURE_STORAGE_SAS_TOKEN } = this.#env
    const headers: Record<string, string> = { 'x-ms-version': apiVersion, 'x-ms-date': new Date().toUTCString() }
    const key = ARM_ACCESS_KEY || AZURE_STORAGE_KEY
    if (key) return { url, headers: { ...headers, authorization: sharedKey(method, url, headers, this.#account, key) } }
    const sas = ARM_SAS_TOKEN || AZURE_STORAGE_SAS_TOKEN
    if (sas) {
      const signed = new URL(url)
      for (const [name, value] of new URLSearchParams(sas.replace(/^\?/, ''))) signed.searchParams.set(name, value)
      return { url: signed, headers }
    }
    return { url, headers: { ...headers, authorization: `Bearer ${(await this.#token.get()).text}` } }
  }

  async #ask(): Promise<Token> {
    const env = this.#env
    const client = env.ARM_CLIENT_ID || env.AZURE_CLIENT_ID
    const tenant = env.ARM_TENANT_ID || env.AZURE_TENANT_ID
    const secret = env.ARM_CLIENT_SECRET || env.AZURE_CLIENT_SECRET
    const file = env.ARM_OIDC_TOKEN_FILE_PATH || env.AZURE_FEDERATED_TOKEN_FILE
    if (client && tenant && (secret || file)) {
      const host = env.AZURE_AUTHORITY_HOST ?? 'https://login.microsoftonline.com/'
      const proof: Record<string, string> = secret
        ? { client_secret: secret }
        : {
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: await readSecret(file ?? ''),
          }
      const form = {
        grant_type: 'client_credentials',
        client_id: client,
        scope: `${storageResource}.default`,
        ...proof,
      }
      return fromAuthority(new URL(`${encodeURIComponent(tenant)}/oauth2/v2.0/token`, host), form)
    }
    if (env.IDENTITY_ENDPOINT || /^true$/i.test(env.ARM_USE_MSI ?? '')) return fromIdentity(env, client)
    return fromCommand()
  }
}

const failure = (what: string, hint: string): VainoError =>
  new VainoError('source_failed', `cannot be asked for: ${what}`, { hint })

/** @see https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key */
function sharedKey(
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  account: string,
  key: string,
): string {
  const named = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${headers[name]}\n`)
    .join('')
  const query = [...url.searchParams]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `\n${name.toLowerCase()}:${value}`)
  // Eleven standard headers, none of which is sent, stand empty behind the method.
  const toSign = `${method}${'\n'.repeat(12)}${named}/${account}${url.pathname}${query.join('')}`
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(toSign, 'utf8').digest('base64')
  return `SharedKey ${account}:${signature}`
}

async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw failure(`${file} cannot be read (${messageOf(error)})`, 'Let the user that runs vaino read it.')
  }
}

async function fromAuthority(url: URL, form: Readonly<Record<string, string>>): Promise<Token> {
  const body = new URLSearchParams(form).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const refused = ({ status }: Response) =>
    failure(`${url.host} answers ${status} to the service principal`, 'Check its tenant, its id and its secret.')
  return tokenOf(await textOf((signal) => fetch(url, { method: 'POST', headers, body, signal }), refused, limits))
}

async function fromIdentity(env: Environment, client: string | undefined): Promise<Token> {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header = '' } = env
  const url = new URL(endpoint ?? env.ARM_MSI_ENDPOINT ?? 'http://169.254.169.254/metadata/identity/oauth2/token')
  url.searchParams.set('api-version', endpoint ? '2019-08-01' : '2018-02-01')
  url.searchParams.set('resource', storageResource)
  if (client) url.searchParams.set('client_id', client)
  const headers: Record<string, string> = endpoint ? { 'x-identity-header': header } : { metadata: 'true' }
  const refused = ({ status }: Response) =>
    failure(`the managed identity answers ${status}`, 'Has this machine an identity, and is ARM_CLIENT_ID its id?')
  return tokenOf(await textOf((signal) => fetch(url, { headers, signal }), refused, endpoint ? limits : metadataLimits))
}

function tokenOf(text: string): Token {
  const { data, success } = grant.safeParse(documentOf(text))
  if (!success) throw failure('what should give a token gave none', 'Check the credentials.')
  return { text: data.access_token, expiresAtMs: Date.now() + data.expires_in * 1000 }
}

function documentOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not repeated: it may hold a token. The schema refuses it.
    return null
  }
}

async function fromCommand(): Promise<Token> {
  const args = ['account', 'get-access-token', '--resource', storageResource, '--output', 'json']
  const text = await new Promise<string>((resolve, reject) => {
    execFile('az', args, { timeout: commandTimeoutMs, maxBuffer: 1 << 20 }, (error, stdout) => {
      if (error === null) return resolve(stdout)
      reject(
        failure(
          error.code === 'ENOENT' ? 'no credentials are found, and there is no az' : 'az gave no token',
          'Run `az login`, or set ARM_ACCESS_KEY, ARM_SAS_TOKEN, or ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.',
        ),
      )
    })
  })
  const { data, success } = commandGrant.safeParse(documentOf(text))
  if (!success) throw failure('az gave no token', 'Run `az login`.')
  return { text: data.accessToken, expiresAtMs: (data.expires_on ?? 0) * 1000 }
}
