import { VainoError } from '../../../model/errors.ts'
import { readAnswer, readHead, retryAfterOf, type UrlLimits } from '../read-url.ts'
import { isStateName, parseAddress } from './address.ts'
import { AwsCredentials } from './aws-credentials.ts'
import { escaped, signedHeaders } from './aws-signature.ts'
import { type ListedObject, type Place, statesAmong } from './place.ts'
import { beginningOf, textOf } from './small-answer.ts'
import { element } from './xml.ts'

const example = 's3://BUCKET/KEY, or s3://BUCKET/PREFIX/ for all states below it'
const parameters = ['region', 'endpoint', 'profile', 'path_style', 'workspaces']

/**
 * States in S3: one object, all below a prefix that ends with a slash, or one with its workspaces (`?workspaces=env:`, which is what
 * Terraform calls workspace_key_prefix).
 * @throws VainoError `bad_config`
 */
export function s3Place(where: string, env = process.env): Place {
  const { authority: bucket, path, parameters: given } = parseAddress(where, example, parameters)
  const workspaces = given.workspaces?.replace(/\/$/, '')
  if (workspaces !== undefined && (path === '' || path.endsWith('/') || workspaces === ''))
    throw new VainoError('bad_config', 'workspaces belong to one state', {
      hint: 's3://BUCKET/KEY?workspaces=env: reads them.',
    })
  const name = `s3://${bucket}/${path}`
  const isOne = path !== '' && !path.endsWith('/') && workspaces === undefined
  const objects = new Bucket(bucket, given, env)
  const keyOf = (stateName: string) => stateName.slice(`s3://${bucket}/`.length)
  const isListed = (key: string): boolean => {
    if (workspaces === undefined) return isOne ? key === path : key.startsWith(path) && isStateName(key)
    if (key === path) return true
    return (
      key.startsWith(`${workspaces}/`) &&
      key.endsWith(`/${path}`) &&
      isSegment(key.slice(workspaces.length + 1, -path.length - 1))
    )
  }
  return {
    name: workspaces === undefined ? name : `${name} and its workspaces`,
    isOne,
    covers: (stateName) => stateName.startsWith(`s3://${bucket}/`) && isListed(keyOf(stateName)),
    list(limits, signal) {
      // The state of the default workspace has no prefix: a list of its own key finds it, and of longer ones.
      const prefixes = workspaces === undefined ? [path] : [path, `${workspaces}/`]
      return statesAmong(objects.listAll(prefixes, limits, signal), `s3://${bucket}/`, isListed)
    },
    stat: (stateName, limits, signal) => objects.etag(keyOf(stateName), limits, signal),
    read: (stateName, limits, signal) => objects.read(keyOf(stateName), limits, signal),
  }
}

const isSegment = (text: string): boolean => text !== '' && !text.includes('/')

class Bucket {
  readonly #name: string
  readonly #given: Readonly<Record<string, string>>
  readonly #credentials: AwsCredentials
  readonly #endpoint: string | undefined
  /** As given or found; null until the first request. */
  #region: string | null

  constructor(
    name: string,
    given: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#name = name
    this.#given = given
    this.#region = given.region ?? null
    this.#endpoint = given.endpoint ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL
    if (this.#endpoint !== undefined && !/^https?:$/.test(URL.parse(this.#endpoint)?.protocol ?? ''))
      throw new VainoError('bad_config', 'the endpoint is no http(s):// address', {
        hint: 'endpoint=http://127.0.0.1:9000',
      })
    this.#credentials = new AwsCredentials(given.profile ?? null, env)
  }

  async *listAll(
    prefixes: readonly string[],
    limits: UrlLimits,
    signal: AbortSignal,
  ): AsyncGenerator<ListedObject, void, void> {
    for (const prefix of prefixes) yield* this.#list(prefix, limits, signal)
  }

  async *#list(prefix: string, limits: UrlLimits, signal: AbortSignal): AsyncGenerator<ListedObject> {
    for (let token: string | undefined; ; ) {
      const query = { 'list-type': '2', prefix, ...(token === undefined ? {} : { 'continuation-token': token }) }
      const xml = await textOf((ended) => this.#ask('GET', '', query, ended), refusal, limits, signal)
      if (!xml.includes('<ListBucketResult')) throw noList()
      for (const [, entry = ''] of xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
        const key = element(entry, 'Key')
        if (key !== null) yield { key, version: element(entry, 'ETag') }
      }
      const next = element(xml, 'NextContinuationToken')
      if (element(xml, 'IsTruncated') !== 'true') return
      // A list that doesn't say how it goes on is not whole.
      if (next === null || next === token) throw noList()
      token = next
    }
  }

  async etag(key: string, limits: UrlLimits, signal: AbortSignal): Promise<string | null> {
    return (await readHead((ended) => this.#ask('HEAD', key, {}, ended), refusal, limits, signal)).get('etag')
  }

  read(key: string, limits: UrlLimits, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    return readAnswer((ended) => this.#ask('GET', key, {}, ended), refusal, limits, signal)
  }

  async #ask(
    method: 'GET' | 'HEAD',
    key: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    this.#region ??= (await this.#credentials.region()) ?? 'us-east-1'
    const answer = await this.#askIn(this.#region, method, key, query, signal)
    const region = answer.headers.get('x-amz-bucket-region')
    // A bucket says where it is, to a request that was signed for somewhere else.
    if (answer.ok || region === null || region === this.#region || this.#given.region !== undefined) return answer
    await answer.body?.cancel()
    this.#region = region
    return this.#askIn(region, method, key, query, signal)
  }

  async #askIn(
    region: string,
    method: 'GET' | 'HEAD',
    key: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const isPath = this.#given.path_style === 'true' || this.#endpoint !== undefined || this.#name.includes('.')
    const url = new URL(this.#endpoint ?? `https://${isPath ? '' : `${this.#name}.`}s3.${region}.amazonaws.com`)
    const path = key.split('/').map(escaped).join('/')
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${isPath ? `${escaped(this.#name)}/` : ''}${path}`
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const keys = await this.#credentials.keys()
    const headers = signedHeaders({ method, url, region, service: 's3' }, keys, new Date())
    return fetch(url, { method, headers, redirect: 'manual', signal, timeout: false })
  }
}

const noList = () =>
  new VainoError('source_failed', 'answers with no list of a bucket', {
    hint: 'Check the endpoint; it may be a proxy or another service.',
  })

const hints: Readonly<Record<string, string>> = {
  NoSuchBucket: 'Check the name of the bucket, and the account.',
  NoSuchKey: 'Check the key; before the first apply there is no state.',
  AccessDenied: 'It needs s3:GetObject on the state, and s3:ListBucket on the bucket for a prefix.',
  ExpiredToken: 'Sign in again (`aws sso login`), or give credentials that renew themselves.',
  InvalidAccessKeyId: 'Check the credentials: the key is not known there.',
  SignatureDoesNotMatch: 'Check the secret key, and the clock of this machine.',
  RequestTimeTooSkewed: 'Set the clock of this machine.',
}

/** Of an error document only its code is said: its message repeats keys. */
async function refusal(answer: Response): Promise<VainoError> {
  const { status } = answer
  const text = await beginningOf(answer)
  const code =
    /<Code>(\w{1,60})<\/Code>/.exec(text)?.[1] ??
    (status === 403 ? 'AccessDenied' : status === 404 ? 'NoSuchKey' : null)
  const retryAfterSeconds = retryAfterOf(answer)
  const isBusy = status === 429 || status >= 500
  const hint =
    (code === null ? undefined : hints[code]) ??
    (isBusy ? 'It is tried again.' : 'Check the address, the region and the endpoint.')
  return new VainoError('source_failed', `answers ${status}${code === null ? '' : ` (${code})`}`, {
    hint,
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  })
}
