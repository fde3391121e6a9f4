import { VainoError } from '../../../model/errors.ts'
import { readAnswer, readHead, retryAfterOf, type UrlLimits } from '../read-url.ts'
import { isStateName, parseAddress } from './address.ts'
import { AzureAccess } from './azure-access.ts'
import { type ListedObject, type Place, statesAmong } from './place.ts'
import { textOf } from './small-answer.ts'
import { element } from './xml.ts'

const example = 'azurerm://ACCOUNT/CONTAINER/BLOB, or azurerm://ACCOUNT/CONTAINER/PREFIX/ for all states below it'

/**
 * States in Azure Blob Storage: one blob, all below a prefix that ends with a slash, or one with its workspaces
 * (`?workspaces=true`), which Terraform names `KEYenv:WORKSPACE`.
 * @throws VainoError `bad_config`
 */
export function azurermPlace(where: string, env = process.env): Place {
  const { authority: account, path, parameters } = parseAddress(where, example, ['endpoint', 'workspaces'])
  const [container = '', ...rest] = path.split('/')
  const blob = rest.join('/')
  if (container === '')
    throw new VainoError('bad_config', 'the address names no container', { hint: `Expected ${example}.` })
  const hasWorkspaces = parameters.workspaces === 'true'
  if (hasWorkspaces && (blob === '' || blob.endsWith('/')))
    throw new VainoError('bad_config', 'workspaces belong to one state', { hint: 'Name its blob.' })
  const endpoint = parameters.endpoint ?? `https://${account}.blob.core.windows.net`
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw new VainoError('bad_config', 'the endpoint is no http(s):// address', {
      hint: 'endpoint=http://127.0.0.1:10000/ACCOUNT',
    })
  const prefix = `azurerm://${account}/${container}/`
  const isOne = blob !== '' && !blob.endsWith('/') && !hasWorkspaces
  const blobs = new Blobs(`${endpoint.replace(/\/$/, '')}/${container}`, new AzureAccess(account, env))
  const isListed = (name: string): boolean => {
    if (hasWorkspaces) return name === blob || name.startsWith(`${blob}env:`)
    return isOne ? name === blob : name.startsWith(blob) && isStateName(name.replace(/env:[^/]*$/, ''))
  }
  const nameIn = (stateName: string) => stateName.slice(prefix.length)
  return {
    name: `${prefix}${blob}${hasWorkspaces ? ' and its workspaces' : ''}`,
    isOne,
    covers: (stateName) => stateName.startsWith(prefix) && isListed(nameIn(stateName)),
    list: (limits, signal) => statesAmong(blobs.list(blob, limits, signal), prefix, isListed),
    stat: (stateName, limits, signal) => blobs.etag(nameIn(stateName), limits, signal),
    read: (stateName, limits, signal) => blobs.read(nameIn(stateName), limits, signal),
  }
}

class Blobs {
  readonly #base: string
  readonly #access: AzureAccess

  constructor(base: string, access: AzureAccess) {
    this.#base = base
    this.#access = access
  }

  async *list(prefix: string, limits: UrlLimits, signal: AbortSignal): AsyncGenerator<ListedObject> {
    for (let marker = ''; ; ) {
      const query = new URLSearchParams({
        restype: 'container',
        comp: 'list',
        prefix,
        ...(marker === '' ? {} : { marker }),
      })
      const xml = await textOf((ended) => this.#ask('GET', `?${query}`, ended), refusal, limits, signal)
      if (!xml.includes('<EnumerationResults') || !/<NextMarker\s*\/>|<NextMarker>/.test(xml)) throw noList()
      for (const [, entry = ''] of xml.matchAll(/<Blob>([\s\S]*?)<\/Blob>/g)) {
        const key = element(entry, 'Name')
        // What is encoded holds a character that XML doesn't have; Terraform writes no such name.
        if (key !== null) yield { key, version: element(entry, 'Etag') }
      }
      const next = element(xml, 'NextMarker') ?? ''
      if (next === '') return
      if (next === marker) throw noList()
      marker = next
    }
  }

  async etag(name: string, limits: UrlLimits, signal: AbortSignal): Promise<string | null> {
    const headers = await readHead((ended) => this.#ask('HEAD', pathOf(name), ended), refusal, limits, signal)
    return headers.get('etag')?.replaceAll('"', '') ?? null
  }

  read(name: string, limits: UrlLimits, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    return readAnswer((ended) => this.#ask('GET', pathOf(name), ended), refusal, limits, signal)
  }

  async #ask(method: 'GET' | 'HEAD', path: string, signal: AbortSignal): Promise<Response> {
    const { url, headers } = await this.#access.sign(method, new URL(`${this.#base}${path}`))
    return fetch(url, { method, headers, redirect: 'manual', signal, timeout: false } as RequestInit)
  }
}

const pathOf = (name: string): string => `/${name.split('/').map(encodeURIComponent).join('/')}`

const noList = (): VainoError =>
  new VainoError('source_failed', 'answers with no list of a container', {
    hint: 'Check the account and the endpoint.',
  })

const hints: Readonly<Record<string, string>> = {
  AuthenticationFailed: 'Check the key or the signature, and the clock of this machine.',
  AuthorizationPermissionMismatch: 'It needs the role Storage Blob Data Reader on the container.',
  ContainerNotFound: 'Check the container, and the account.',
  BlobNotFound: 'Check the name; before the first apply there is no state.',
}

/** Of an error document only its code is said. */
function refusal(answer: Response): VainoError {
  const { status, headers } = answer
  const code = /^\w{1,60}$/.exec(headers.get('x-ms-error-code') ?? '')?.[0]
  const retryAfterSeconds = retryAfterOf(answer)
  const byStatus =
    status === 429 || status >= 500 ? 'It is tried again.' : 'Check the account, the container and the credentials.'
  return new VainoError('source_failed', `answers ${status}${code === undefined ? '' : ` (${code})`}`, {
    hint: (code === undefined ? undefined : hints[code]) ?? byStatus,
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  })
}
