import { exec } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { messageOf, VainoError } from '../../../model/errors.ts'
import type { UrlLimits } from '../read-url.ts'
import type { Environment } from './aws-profile.ts'
import type { AwsKeys } from './aws-signature.ts'
import { textOf } from './small-answer.ts'

const processTimeoutMs = 30_000
/** A machine outside of AWS has no answer to this at all. */
const metadataLimits: UrlLimits = { timeoutMs: 1000, maxBytes: 1 << 20 }
export const remoteLimits: UrlLimits = { timeoutMs: 10_000, maxBytes: 1 << 20 }

export interface Found {
  readonly keys: AwsKeys
  /** Null: they don't expire. */
  readonly expiresAtMs: number | null
}

export const failure = (what: string, hint: string): VainoError =>
  new VainoError('source_failed', `cannot be signed for: ${what}`, { hint })

export function variableKeys(env: Environment): Found | null {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return null
  const sessionToken = AWS_SESSION_TOKEN || null
  return {
    keys: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken },
    expiresAtMs: null,
  }
}

/** The keys of a document in the form that processes, containers and instances give them. */
export function found(from: string, document: unknown): Found {
  const given = (typeof document === 'object' && document !== null ? document : {}) as Record<string, unknown>
  const { AccessKeyId, SecretAccessKey, SessionToken, Token = SessionToken, Expiration } = given
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string')
    throw failure(`${from} gave no keys`, 'Check what it answers.')
  const expiresAtMs = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.NaN
  const sessionToken = typeof Token === 'string' ? Token : null
  return {
    keys: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken },
    expiresAtMs: Number.isFinite(expiresAtMs) ? expiresAtMs : null,
  }
}

function documentOf(from: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What it said may hold a key, so it is not repeated.
    throw failure(`${from} gave no JSON`, 'Check what it answers.')
  }
}

export async function processKeys(profile: string, command: string): Promise<Found> {
  const from = `credential_process of the profile "${profile}"`
  const text = await new Promise<string>((resolve, reject) => {
    exec(command, { timeout: processTimeoutMs, maxBuffer: 1 << 20 }, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(failure(`${from} ended with ${error.code ?? error.signal}`, 'Run its command in a terminal.'))
    })
  })
  return found(from, documentOf(from, text))
}

export async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw failure(`${file} cannot be read (${messageOf(error)})`, 'Let the user that runs vaino read it.')
  }
}

export async function containerKeys(env: Environment): Promise<Found | null> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } = env
  if (!relative && !full) return null
  const url = relative ? new URL(relative, 'http://169.254.170.2') : new URL(full ?? '')
  const file = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
  const token = file ? await readSecret(file) : env.AWS_CONTAINER_AUTHORIZATION_TOKEN
  const headers: Record<string, string> = token ? { authorization: token } : {}
  const refused = ({ status }: Response) => failure(`the container answers ${status}`, 'Has its task a role?')
  const text = await textOf((signal) => fetch(url, { headers, signal }), refused, remoteLimits)
  return found('the container', documentOf('the container', text))
}

/** IMDSv2. @returns null outside of AWS, where nobody answers, and for an instance without a role */
export async function instanceKeys(env: Environment): Promise<Found | null> {
  if (/^true$/i.test(env.AWS_EC2_METADATA_DISABLED ?? '')) return null
  const base = env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? 'http://169.254.169.254'
  const refused = ({ status }: Response) => failure(`the instance answers ${status}`, 'Has it a role?')
  const ask = (path: string, init: RequestInit) =>
    textOf((signal) => fetch(new URL(path, base), { ...init, signal }), refused, metadataLimits)
  let token: string
  let role: string | undefined
  try {
    token = await ask('/latest/api/token', {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' },
    })
    const headers = { 'x-aws-ec2-metadata-token': token }
    role = (await ask('/latest/meta-data/iam/security-credentials/', { headers })).split('\n')[0]?.trim()
  } catch {
    // The last resort has nothing: what was looked at before is what the error names.
    return null
  }
  if (!role) return null
  const text = await ask(`/latest/meta-data/iam/security-credentials/${encodeURIComponent(role)}`, {
    headers: { 'x-aws-ec2-metadata-token': token },
  })
  return found('the instance', documentOf('the instance', text))
}
