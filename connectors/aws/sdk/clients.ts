import { type Bundle, type Operations, openBundle } from './bundle.ts'
import type { ServiceName } from './services.ts'
import { unlessWebPage } from './web-page.ts'

/** A client of one service, as far as it is used here. What it answers is checked by who reads it. */
export interface AwsClient {
  send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<unknown>
  readonly config: { region(): Promise<string> }
}

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export type CredentialProvider = () => Promise<AwsCredentials>

export interface ClientSettings {
  readonly region?: string
  readonly profile?: string
  readonly credentials?: CredentialProvider
}

interface RequestHandler {
  handle(request: unknown, options?: unknown): Promise<{ readonly response: HttpAnswer }>
}
interface HttpAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A page of a captive portal or a proxy, in the place of an answer: some protocols would read it as an answer without members. */
class NotAnAnswer extends Error {
  override readonly name = 'NotAnAnswer'
}

type Made = (...given: unknown[]) => unknown

/** AWS's clients, each loaded when it is first asked for. */
export class Sdk {
  readonly #bundle: Bundle
  readonly #modules = new Map<string, Promise<Record<string, unknown>>>()
  #handler: Promise<RequestHandler> | null = null

  private constructor(bundle: Bundle) {
    this.#bundle = bundle
  }

  /** @throws VainoError `source_failed` where the clients can't be made ready */
  static async open(operations: Operations, signal: AbortSignal): Promise<Sdk> {
    return new Sdk(await openBundle(operations, signal))
  }

  async client(service: ServiceName, settings: ClientSettings): Promise<AwsClient> {
    this.#handler ??= this.#makeHandler()
    const Client = constructorIn(await this.#module(service), 'Client')
    return new Client({
      ...settings,
      requestHandler: await this.#handler,
      // Retries, their number and their pauses are ours.
      maxAttempts: 1,
      // A queue's address and a bucket's name may not lead past the endpoint that is configured.
      ...(service === 'sqs' ? { useQueueUrlAsEndpoint: false } : {}),
      ...(service === 's3' && hasEndpoint() ? { forcePathStyle: true } : {}),
    }) as AwsClient
  }

  async command(service: ServiceName, operation: string, input: object): Promise<object> {
    const Command = constructorIn(await this.#module(service), `${operation}Command`)
    return new Command(input) as object
  }

  /** AWS's usual ways to credentials: the environment, profiles, SSO, processes, web identities, containers, instances. */
  async defaultCredentials(profile: string | null, region: string): Promise<CredentialProvider> {
    const chain = functionIn(await this.#module('credentials'), 'fromNodeProviderChain')
    const settings = { clientConfig: { region }, logger: silent, ...(profile === null ? {} : { profile }) }
    return chain(settings) as CredentialProvider
  }

  async roleCredentials(
    role: { readonly RoleArn: string; readonly RoleSessionName: string; readonly ExternalId?: string },
    region: string,
    masterCredentials: CredentialProvider,
  ): Promise<CredentialProvider> {
    const temporary = functionIn(await this.#module('credentials'), 'fromTemporaryCredentials')
    return temporary({ params: role, masterCredentials, clientConfig: { region } }) as CredentialProvider
  }

  #module(name: string): Promise<Record<string, unknown>> {
    const known = this.#modules.get(name)
    if (known !== undefined) return known
    const loading = this.#bundle(name)
    this.#modules.set(name, loading)
    return loading
  }

  async #makeHandler(): Promise<RequestHandler> {
    const Handler = constructorIn(await this.#module('http'), 'FetchHttpHandler')
    const inner = new Handler({}) as RequestHandler
    const handle = inner.handle.bind(inner)
    return Object.assign(inner, {
      async handle(request: unknown, options?: unknown) {
        const answered = await handle(request, options)
        const { response } = answered
        if (!/^text\/html/i.test(response.headers['content-type'] ?? '')) return answered
        const body = await unlessWebPage(response.body)
        if (body === null) throw new NotAnAnswer(pageInstead(response.statusCode))
        return { ...answered, response: Object.assign(response, { body }) }
      },
    })
  }
}

const say = (): void => undefined
/** The chain warns on the console where a profile stands beside keys; `vaino doctor` says who vaino is, and the profile wins. */
const silent = { trace: say, debug: say, info: say, warn: say, error: say }

const pageInstead = (status: number): string =>
  `the answer (HTTP ${status}) is a web page: a proxy or a portal may stand in between`

const hasEndpoint = (): boolean => Boolean(process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL)

function functionIn(module: Record<string, unknown>, name: string): Made {
  const found = module[name]
  if (typeof found === 'function') return found as Made
  throw new Error(`the bundle of AWS's clients has no ${name}`)
}

const constructorIn = (module: Record<string, unknown>, name: string): (new (given: object) => unknown) =>
  functionIn(module, name) as unknown as new (
    given: object,
  ) => unknown
