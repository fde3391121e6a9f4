import { homedir } from 'node:os'
import { z } from 'zod'
import { VainoError } from '../../../model/errors.ts'
import { readAnswer, retryAfterOf, type UrlLimits } from '../read-url.ts'
import { parseAddress } from './address.ts'
import { maxStates, type Place, type PlaceState } from './place.ts'
import { textOf } from './small-answer.ts'
import { tfeToken } from './tfe-token.ts'

const example = 'tfe://HOST/ORGANIZATION/WORKSPACE, or tfe://HOST/ORGANIZATION/ for all its workspaces'
const pageSize = 100

const reference = z.object({ data: z.object({ id: z.string() }).nullable() })
const workspace = z.object({
  id: z.string(),
  attributes: z.object({ name: z.string() }),
  relationships: z.object({ 'current-state-version': reference.optional() }),
})
const oneWorkspace = z.object({ data: workspace })
const workspacePage = z.object({
  data: z.array(workspace),
  meta: z.object({ pagination: z.object({ 'next-page': z.number().nullable() }) }),
})
const stateVersion = z.object({
  data: z.object({ id: z.string(), attributes: z.object({ 'hosted-state-download-url': z.string().nullable() }) }),
})
const services = z.looseObject({ 'tfe.v2': z.string() })

/** States of HCP Terraform or Terraform Enterprise: of one workspace, or of all of an organization. @throws VainoError `bad_config` */
export function tfePlace(where: string, env = process.env, home = homedir()): Place {
  const { authority: host, path } = parseAddress(where, example, [])
  const [organization = '', name = '', ...rest] = path.split('/')
  if (organization === '' || rest.length > 0) {
    throw new VainoError('bad_config', 'the address names no organization and workspace', {
      hint: `Expected ${example}.`,
    })
  }
  const prefix = `tfe://${host}/${organization}/`
  const api = new Api(host.toLowerCase(), organization, env, home)
  const workspaceOf = (stateName: string) => stateName.slice(prefix.length)
  return {
    name: `${prefix}${name}`,
    isOne: name !== '',
    covers: (stateName) => (name === '' ? stateName.startsWith(prefix) : stateName === `${prefix}${name}`),
    async list(limits, signal) {
      const states: PlaceState[] = []
      for await (const { attributes, relationships } of api.workspaces(limits, signal)) {
        const version = relationships['current-state-version']?.data?.id
        // Nothing was applied there yet.
        if (version === undefined) continue
        if (states.length >= maxStates) throw new VainoError('source_failed', `holds more than ${maxStates} states`)
        states.push({ name: `${prefix}${attributes.name}`, version })
      }
      return states
    },
    stat: async (stateName, limits, signal) => (await api.current(workspaceOf(stateName), limits, signal)).id,
    read: (stateName, limits, signal) => api.read(workspaceOf(stateName), limits, signal),
  }
}

class Api {
  readonly #host: string
  readonly #organization: string
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #home: string
  #base: URL | null = null
  readonly #ids = new Map<string, string>()

  constructor(host: string, organization: string, env: Readonly<Record<string, string | undefined>>, home: string) {
    this.#host = host
    this.#organization = organization
    this.#env = env
    this.#home = home
  }

  async *workspaces(limits: UrlLimits, signal: AbortSignal): AsyncGenerator<z.output<typeof workspace>> {
    for (let number = 1; ; ) {
      const query = `?page%5Bsize%5D=${pageSize}&page%5Bnumber%5D=${number}`
      const path = `organizations/${encodeURIComponent(this.#organization)}/workspaces${query}`
      const page = await this.#get(path, workspacePage, limits, signal)
      yield* page.data
      const next = page.meta.pagination['next-page']
      if (next === null) return
      if (next <= number) throw notTfe(this.#host)
      number = next
    }
  }

  /** The state version that is the workspace's now. */
  async current(name: string, limits: UrlLimits, signal: AbortSignal): Promise<{ id: string; url: string }> {
    const id = this.#ids.get(name) ?? (await this.#idOf(name, limits, signal))
    try {
      const { data } = await this.#get(`workspaces/${id}/current-state-version`, stateVersion, limits, signal)
      const url = data.attributes['hosted-state-download-url']
      if (url === null)
        throw new VainoError('source_failed', 'is not given out: its download address is empty', { hint: forbidden })
      return { id: data.id, url }
    } catch (error) {
      // The workspace may have been made anew under its name.
      this.#ids.delete(name)
      throw error
    }
  }

  async #idOf(name: string, limits: UrlLimits, signal: AbortSignal): Promise<string> {
    const path = `organizations/${encodeURIComponent(this.#organization)}/workspaces/${encodeURIComponent(name)}`
    const { data } = await this.#get(path, oneWorkspace, limits, signal)
    this.#ids.set(name, data.id)
    return data.id
  }

  async *read(name: string, limits: UrlLimits, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const { url } = await this.current(name, limits, signal)
    const base = await this.#apiOf(limits, signal)
    yield* readAnswer((ended) => this.#download(new URL(url, base), base, ended), refusal(this.#host), limits, signal)
  }

  /** The token goes to the host itself and its archive; an address that it leads to is signed. */
  async #download(url: URL, base: URL, signal: AbortSignal): Promise<Response> {
    for (let at = url, hops = 0; hops < 5; hops++) {
      const isTheirs = at.origin === base.origin || (at.protocol === base.protocol && at.host === archiveOf(base.host))
      const headers: Record<string, string> = isTheirs ? await this.#authorization() : {}
      const answer = await fetch(at, { headers, redirect: 'manual', signal, timeout: false } as RequestInit)
      const location = answer.headers.get('location')
      if (answer.status < 300 || answer.status > 399 || location === null) return answer
      await answer.body?.cancel()
      at = new URL(location, at)
    }
    throw new VainoError('source_failed', 'redirects more than 5 times')
  }

  async #get<T>(path: string, schema: z.ZodType<T>, limits: UrlLimits, signal: AbortSignal): Promise<T> {
    const base = await this.#apiOf(limits, signal)
    const headers = { ...(await this.#authorization()), accept: 'application/vnd.api+json' }
    const ask = (ended: AbortSignal) => fetch(new URL(path, base), { headers, redirect: 'manual', signal: ended })
    return this.#parsed(await textOf(ask, refusal(this.#host), limits, signal), schema)
  }

  /** Where the host says that the API is (Terraform's service discovery). */
  async #apiOf(limits: UrlLimits, signal: AbortSignal): Promise<URL> {
    if (this.#base !== null) return this.#base
    const isHere = /^(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(this.#host)
    const document = new URL(`${isHere ? 'http' : 'https'}://${this.#host}/.well-known/terraform.json`)
    const ask = (ended: AbortSignal) => fetch(document, { signal: ended })
    const found = this.#parsed(await textOf(ask, refusal(this.#host), limits, signal), services)
    const base = new URL(found['tfe.v2'].replace(/\/?$/, '/'), document)
    if (base.protocol !== document.protocol) throw notTfe(this.#host)
    this.#base = base
    return base
  }

  #parsed<T>(text: string, schema: z.ZodType<T>): T {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      // A login page, say; what it is is said below.
      throw notTfe(this.#host)
    }
    const { data, success } = schema.safeParse(value)
    if (!success) throw notTfe(this.#host)
    return data
  }

  async #authorization(): Promise<{ authorization: string }> {
    return { authorization: `Bearer ${await tfeToken(this.#host, this.#env, this.#home)}` }
  }
}

/** `archivist.terraform.io` for `app.terraform.io`; Terraform Enterprise serves its archive itself. */
const archiveOf = (host: string): string => host.replace(/^app\./, 'archivist.')

const forbidden = 'The token needs the permission to read state versions of the workspace.'

const notTfe = (host: string): VainoError =>
  new VainoError('source_failed', `is not found: ${host} answers, and not as HCP Terraform does`, {
    hint: 'Check the host: app.terraform.io, or that of Terraform Enterprise.',
  })

const refusal =
  (host: string) =>
  (answer: Response): VainoError => {
    const { status } = answer
    const retryAfterSeconds = retryAfterOf(answer)
    const hints: Readonly<Record<number, string>> = {
      401: `The token is not known there: run \`terraform login ${host}\` again.`,
      403: forbidden,
      404: `There is no such organization or workspace, it has no state yet, or the token may not see it. ${forbidden}`,
    }
    return new VainoError('source_failed', `answers ${status}`, {
      hint: hints[status] ?? 'It is tried again.',
      ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    })
  }
