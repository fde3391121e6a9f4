import type { AuthClient, GoogleAuth } from 'google-auth-library'
import { messageOf, VainoError } from '../../../model/errors.ts'

/** Compute Engine, Cloud SQL and others accept no scope that only reads; what may be done is the roles' to say. */
const scopes = ['https://www.googleapis.com/auth/cloud-platform']
/** Milliseconds for which a failure is answered without asking Google again: dozens of scans ask one after the other. */
const failureMs = 5000
/** Without a project the library runs gcloud to find one, four seconds, for nothing: paths name theirs. */
const unused = 'unused'
/** Of a token that impersonates, seconds. */
const lifetimeS = 3600

export interface CredentialOptions {
  /** The service account that is impersonated; null: none. */
  readonly impersonate: string | null
  readonly delegates: readonly string[]
  readonly quotaProject: string | null
  readonly usesMetadataServer: boolean
  /** Null: Google's own. */
  readonly iamCredentialsEndpoint: string | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** The default credentials as Google's own tools find them, or those of the service account that they impersonate. */
export class Credentials {
  readonly #options: CredentialOptions
  readonly #env: Environment
  #client: Promise<AuthClient> | null = null
  #project: Promise<string | null> | null = null
  #failure: { readonly error: VainoError; readonly at: number } | null = null

  constructor(options: CredentialOptions, env: Environment) {
    this.#options = options
    this.#env = env
  }

  /**
   * The headers that authorize a call.
   * @throws VainoError `source_failed`; no message holds a token or a key
   */
  async headers(): Promise<Readonly<Record<string, string>>> {
    const { GOOGLE_OAUTH_ACCESS_TOKEN: given } = this.#env
    const { quotaProject } = this.#options
    const quota = quotaProject === null ? {} : { 'x-goog-user-project': quotaProject }
    if (given && this.#options.impersonate === null) return { authorization: `Bearer ${given}`, ...quota }
    if (this.#failure !== null && performance.now() - this.#failure.at < failureMs) throw this.#failure.error
    try {
      this.#client ??= this.#open()
      const headers = await (await this.#client).getRequestHeaders()
      this.#failure = null
      return { ...Object.fromEntries(headers.entries()), ...quota }
    } catch (error) {
      this.#client = null
      const failure = noCredentials(error)
      this.#failure = { error: failure, at: performance.now() }
      throw failure
    }
  }

  /** Google has refused a token: the next who asks gets another. */
  drop(): void {
    this.#client = null
  }

  /** The project that the environment, the key file, gcloud's configuration or the machine names; null where none does. */
  project(): Promise<string | null> {
    this.#project ??= this.#findProject()
    return this.#project
  }

  async #findProject(): Promise<string | null> {
    const { GOOGLE_CLOUD_PROJECT, GCLOUD_PROJECT, CLOUDSDK_CORE_PROJECT, GOOGLE_PROJECT } = this.#env
    const named = GOOGLE_CLOUD_PROJECT || GCLOUD_PROJECT || CLOUDSDK_CORE_PROJECT || GOOGLE_PROJECT
    if (named) return named
    try {
      const auth = await this.#auth(null)
      return await auth.getProjectId()
    } catch {
      // The library's way to say that nothing names one.
      return null
    }
  }

  async #open(): Promise<AuthClient> {
    const { impersonate: targetPrincipal, delegates, iamCredentialsEndpoint, quotaProject } = this.#options
    const source = await (await this.#auth(unused)).getClient()
    if (quotaProject !== null) source.quotaProjectId = quotaProject
    if (targetPrincipal === null) return source
    const { Impersonated } = await import('google-auth-library')
    return new Impersonated({
      sourceClient: source,
      targetPrincipal,
      // IAM wants the whole name, and the library hands on what it is given.
      delegates: delegates.map((account) => `projects/-/serviceAccounts/${account}`),
      targetScopes: scopes,
      lifetime: lifetimeS,
      ...(iamCredentialsEndpoint === null ? {} : { endpoint: iamCredentialsEndpoint }),
    })
  }

  /** @param projectId null: it is looked for */
  async #auth(projectId: string | null): Promise<GoogleAuth> {
    const library = await import('google-auth-library')
    const options = projectId === null ? { scopes } : { scopes, projectId }
    if (this.#options.usesMetadataServer) return new library.GoogleAuth(options)
    class WithoutMachine extends library.GoogleAuth {
      override _checkIsGCE = async (): Promise<boolean> => false
    }
    return new WithoutMachine(options)
  }
}

function noCredentials(error: unknown): VainoError {
  const said = messageOf(error)
  return new VainoError('source_failed', `there are no Google credentials that can be used (${said})`, {
    hint: /reauth|invalid_grant|rapt/i.test(said)
      ? 'Log in anew with `gcloud auth application-default login`.'
      : 'Run `gcloud auth application-default login`, name a key file in GOOGLE_APPLICATION_CREDENTIALS, or run where a service account is attached.',
    cause: error,
  })
}
