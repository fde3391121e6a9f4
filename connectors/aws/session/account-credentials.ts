import { messageOf, VainoError } from '../../../model/errors.ts'
import type { AwsCredentials, CredentialProvider } from '../sdk/clients.ts'

/** Whom AWS takes the caller for. */
export interface Identity {
  readonly account: string
  /** `aws`, `aws-cn`, `aws-us-gov` …: the second part of every ARN. */
  readonly partition: string
  readonly arn: string
}

/** What expires is asked for again this long before. */
const renewMs = 5 * 60_000
/** Milliseconds for which a failure is answered without asking AWS again: hundreds of scans ask one after the other. */
const failureMs = 5000

export interface Sources {
  /** A way to credentials that keeps nothing from before. */
  open(): Promise<CredentialProvider>
  /** Asks AWS who has these. */
  identify(credentials: AwsCredentials): Promise<Identity>
}

/**
 * The credentials of one account: asked for once for all who wait, kept until they expire, and taken only when they lead into the account
 * that those before them led into. In another account everything answers and nothing is there.
 */
export class AccountCredentials {
  readonly #sources: Sources
  /** For messages: `profile ops`. */
  readonly #label: string
  readonly #expectedAccount: string | null
  #provider: CredentialProvider | null = null
  #kept: AwsCredentials | null = null
  #asking: Promise<AwsCredentials> | null = null
  #identity: Identity | null = null
  #failure: { readonly error: unknown; readonly at: number } | null = null

  constructor(sources: Sources, label: string, expectedAccount: string | null) {
    this.#sources = sources
    this.#label = label
    this.#expectedAccount = expectedAccount
  }

  /** @throws VainoError `source_failed` where there are none, or they are another account's */
  get(): Promise<AwsCredentials> {
    if (this.#kept !== null && !isEnding(this.#kept)) return Promise.resolve(this.#kept)
    if (this.#failure !== null && performance.now() - this.#failure.at < failureMs) {
      return Promise.reject(this.#failure.error)
    }
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** @throws VainoError as {@link get} */
  async identity(): Promise<Identity> {
    await this.get()
    if (this.#identity === null) throw new Error('credentials were taken without an identity')
    return this.#identity
  }

  /** AWS has refused them: the next who asks gets others. @returns false where others have taken their place already */
  drop(refused: AwsCredentials): boolean {
    if (this.#kept?.accessKeyId !== refused.accessKeyId) return false
    this.#kept = null
    this.#provider = null
    return true
  }

  async #ask(): Promise<AwsCredentials> {
    const before = this.#kept
    try {
      this.#provider ??= await this.#sources.open()
      const fresh = await this.#provider()
      if (before?.accessKeyId !== fresh.accessKeyId || this.#identity === null) await this.#check(fresh)
      this.#kept = fresh
      this.#failure = null
      return fresh
    } catch (error) {
      this.#provider = null
      const failure = error instanceof VainoError ? error : noCredentials(this.#label, error)
      this.#failure = { error: failure, at: performance.now() }
      throw failure
    }
  }

  async #check(credentials: AwsCredentials): Promise<void> {
    const identity = await this.#sources.identify(credentials)
    const expected = this.#identity?.account ?? this.#expectedAccount
    if (expected !== null && identity.account !== expected) {
      throw new VainoError(
        'source_failed',
        `the credentials of ${this.#label} lead into account ${identity.account}, not ${expected}`,
        {
          hint: 'Nothing is read with them. Point them at the account again, or watch the other one as a source of its own.',
        },
      )
    }
    this.#identity = identity
  }
}

const isEnding = ({ expiration }: AwsCredentials): boolean =>
  expiration !== undefined && expiration.getTime() - renewMs < Date.now()

function noCredentials(label: string, error: unknown): VainoError {
  const said = messageOf(error)
  const needsLogin = /sso|token.*(?:expired|invalid|refresh)/i.test(said)
  return new VainoError('source_failed', `${label} gives no AWS credentials that can be used (${said})`, {
    hint: needsLogin
      ? 'Log in anew with `aws sso login`, with --profile where it is not the default one.'
      : 'Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile as aws:PROFILE, or a role as aws:arn:aws:iam::ACCOUNT:role/NAME.',
    cause: error,
  })
}
