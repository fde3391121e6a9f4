import { homedir } from 'node:os'
import { z } from 'zod'
import { VainoError } from '../../../model/errors.ts'
import { readAnswer, retryAfterOf, type UrlLimits } from '../read-url.ts'
import { isStateName, parseAddress } from './address.ts'
import { GoogleToken } from './gcs-token.ts'
import { type ListedObject, type Place, statesAmong } from './place.ts'
import { textOf } from './small-answer.ts'

const example = 'gs://BUCKET/OBJECT, or gs://BUCKET/PREFIX/ for all states below it'

const object = z.looseObject({ name: z.string(), generation: z.string() })
const page = z.looseObject({ items: z.array(object).default([]), nextPageToken: z.string().optional() })

/**
 * States in Google Cloud Storage: one object, or all below a prefix that ends with a slash, which is how Terraform keeps the workspaces
 * of one configuration (`PREFIX/default.tfstate`).
 * @throws VainoError `bad_config`
 */
export function gcsPlace(where: string, env = process.env, home = homedir()): Place {
  const { authority: bucket, path, parameters } = parseAddress(where, example, ['endpoint'])
  const endpoint = parameters.endpoint ?? env.STORAGE_EMULATOR_HOST ?? 'https://storage.googleapis.com'
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw new VainoError('bad_config', 'the endpoint is no http(s):// address', {
      hint: 'endpoint=http://127.0.0.1:4443',
    })
  const isOne = path !== '' && !path.endsWith('/')
  const objects = new Objects(bucket, endpoint, new GoogleToken(env, home))
  const prefix = `gs://${bucket}/`
  const isListed = (name: string): boolean => (isOne ? name === path : name.startsWith(path) && isStateName(name))
  return {
    name: `${prefix}${path}`,
    isOne,
    covers: (stateName) => stateName.startsWith(prefix) && isListed(stateName.slice(prefix.length)),
    list: (limits, signal) => statesAmong(objects.list(path, limits, signal), prefix, isListed),
    stat: (stateName, limits, signal) => objects.generation(stateName.slice(prefix.length), limits, signal),
    read: (stateName, limits, signal) => objects.read(stateName.slice(prefix.length), limits, signal),
  }
}

class Objects {
  readonly #base: string
  readonly #token: GoogleToken

  constructor(bucket: string, endpoint: string, token: GoogleToken) {
    this.#base = `${endpoint.replace(/\/$/, '')}/storage/v1/b/${encodeURIComponent(bucket)}/o`
    this.#token = token
  }

  async *list(prefix: string, limits: UrlLimits, signal: AbortSignal): AsyncGenerator<ListedObject> {
    for (let token: string | undefined; ; ) {
      const query = new URLSearchParams({
        ...{ prefix, fields: 'items(name,generation),nextPageToken', maxResults: '1000' },
        ...(token === undefined ? {} : { pageToken: token }),
      })
      const { items, nextPageToken } = await this.#get(`?${query}`, page, limits, signal)
      for (const { name, generation } of items) yield { key: name, version: generation }
      if (nextPageToken === undefined) return
      // A list that doesn't go on is not whole.
      if (nextPageToken === token) throw notStorage()
      token = nextPageToken
    }
  }

  async generation(name: string, limits: UrlLimits, signal: AbortSignal): Promise<string> {
    return (await this.#get(`/${encodeURIComponent(name)}?fields=name,generation`, object, limits, signal)).generation
  }

  read(name: string, limits: UrlLimits, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    return readAnswer((ended) => this.#ask(`/${encodeURIComponent(name)}?alt=media`, ended), refusal, limits, signal)
  }

  async #get<T>(path: string, schema: z.ZodType<T>, limits: UrlLimits, signal: AbortSignal): Promise<T> {
    const text = await textOf((ended) => this.#ask(path, ended), refusal, limits, signal)
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      // A proxy's page, say; what it is is said below.
      throw notStorage()
    }
    const { data, success } = schema.safeParse(value)
    if (!success) throw notStorage()
    return data
  }

  async #ask(path: string, signal: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${await this.#token.text()}` }
    return fetch(`${this.#base}${path}`, { headers, redirect: 'manual', signal, timeout: false } as RequestInit)
  }
}

const notStorage = (): VainoError =>
  new VainoError('source_failed', 'is answered for, and not as Cloud Storage does', { hint: 'Check the endpoint.' })

function refusal(answer: Response): VainoError {
  const { status } = answer
  const retryAfterSeconds = retryAfterOf(answer)
  const hints: Readonly<Record<number, string>> = {
    401: 'Run `gcloud auth application-default login`, or make a new key file.',
    403: 'It needs storage.objects.get, and storage.objects.list for a prefix: the role Storage Object Viewer.',
    404: 'Check the bucket and the name; before the first apply there is no state.',
  }
  return new VainoError('source_failed', `answers ${status}`, {
    hint: hints[status] ?? 'It is tried again.',
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  })
}
