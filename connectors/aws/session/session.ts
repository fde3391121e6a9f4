import type { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { messageOf, VainoError } from '../../../model/errors.ts'
import type { JsonObject } from '../../../model/json.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { Permits } from '../../calls/permits.ts'
import type { Budget, BudgetLimits } from '../../connector.ts'
import type { Idle } from '../../source.ts'
import { callAws } from '../calls/call-aws.ts'
import type { AwsClient, AwsCredentials, CredentialProvider, Sdk } from '../sdk/clients.ts'
import { type Service, type ServiceName, services, unpublishedRate } from '../sdk/services.ts'
import { permissionOf } from '../table/permissions.ts'
import { AccountCredentials, type Identity } from './account-credentials.ts'
import { accountIn, homeRegionOf, identityOf } from './identity.ts'

/** A role that is assumed. */
export interface Role {
  readonly arn: string
  readonly externalId: string | null
  readonly sessionName: string
}

/** How one account is reached. */
export interface Access {
  /** Null: AWS's default chain. */
  readonly profile: string | null
  /** Assumed one after the other, each with the credentials of the one before; the last one's account is the session's. */
  readonly roles: readonly Role[]
}

export interface SessionHost {
  readonly sdk: Sdk
  /** Of all accounts, by account, service and region. */
  readonly clients: LRUCache<string, Promise<AwsClient>>
  /** Calls of the whole source at once. */
  readonly permits: Permits
  readonly deadlineMs: number
  budget(name: string, limits: BudgetLimits): Budget
}

const regionsAnswer = z.looseObject({ Regions: z.array(z.looseObject({ RegionName: z.string() })) })

/** One account as one caller sees it: its credentials, its regions, and the calls. */
export class Session {
  readonly label: string
  readonly #access: Access
  readonly #host: SessionHost
  readonly #credentials: AccountCredentials
  #ownRegion: Promise<string | null> | null = null

  constructor(access: Access, host: SessionHost) {
    this.#access = access
    this.#host = host
    this.label = this.roleArn ?? (access.profile === null ? 'the default chain' : `profile ${access.profile}`)
    this.#credentials = new AccountCredentials(
      { open: () => this.#openCredentials(), identify: (found) => this.#identify(found) },
      this.label,
      accountIn(this.roleArn),
    )
  }

  /** The role that is assumed; null: none is. */
  get roleArn(): string | null {
    return this.#access.roles.at(-1)?.arn ?? null
  }

  /** @throws VainoError `source_failed` */
  identity(): Promise<Identity> {
    return this.#credentials.identity()
  }

  /** The region that the profile or the environment names; null where neither does. */
  ownRegion(): Promise<string | null> {
    this.#ownRegion ??= this.#readOwnRegion()
    return this.#ownRegion
  }

  /**
   * The regions that are enabled in the account.
   * @throws CallFailure
   */
  async enabledRegions(signal: AbortSignal): Promise<readonly string[]> {
    const { partition } = await this.identity()
    const region = (await this.ownRegion()) ?? homeRegionOf(partition)
    const answer = regionsAnswer.safeParse(await this.call('ec2', region, 'DescribeRegions', {}, signal))
    if (!answer.success || answer.data.Regions.length === 0) {
      throw new CallFailure('ec2:DescribeRegions', 'the answer holds no regions', 'passing', '', null)
    }
    return answer.data.Regions.map(({ RegionName }) => RegionName).sort()
  }

  /**
   * One call, repeated where that may help.
   * @param idle the scan's whose call it is
   * @throws CallFailure, VainoError where there are no credentials, and the signal's reason
   */
  async call(
    service: ServiceName,
    region: string,
    operation: string,
    input: object,
    signal: AbortSignal,
    idle?: Idle,
  ): Promise<JsonObject> {
    const { account } = await this.identity()
    let used: AwsCredentials | null = null
    const { rate = unpublishedRate, rates = {} }: Service = services[service]
    const own = rates[operation]
    const budgetName = `aws ${account} ${region} ${service}${own === undefined ? '' : ` ${operation}`}`
    return callAws(
      {
        action: permissionOf(service, operation),
        budget: this.#host.budget(budgetName, { api: `aws ${service}`, ...(own ?? rate) }),
        permits: this.#host.permits,
        idle,
        deadlineMs: this.#host.deadlineMs,
        send: async (abortSignal) => {
          used = await this.#credentials.get()
          const client = await this.#client(service, region)
          return client.send(await this.#host.sdk.command(service, operation, input), { abortSignal })
        },
        renew: () => this.#renew(used),
      },
      signal,
    )
  }

  /** @returns whether there are others than those that were refused: another call may have renewed them already */
  async #renew(refused: AwsCredentials | null): Promise<boolean> {
    if (refused === null) return false
    if (this.#credentials.drop(refused)) this.#dropClients()
    const fresh = await this.#credentials.get()
    return fresh.accessKeyId !== refused.accessKeyId
  }

  #client(service: ServiceName, region: string): Promise<AwsClient> {
    const key = `${this.label} ${service} ${region}`
    const known = this.#host.clients.get(key)
    if (known !== undefined) return known
    const { profile } = this.#access
    const made = this.#host.sdk.client(service, {
      region,
      ...(profile === null ? {} : { profile }),
      credentials: () => this.#credentials.get(),
    })
    this.#host.clients.set(key, made)
    return made
  }

  #dropClients(): void {
    const { clients } = this.#host
    for (const key of clients.keys()) if (key.startsWith(`${this.label} `)) clients.delete(key)
  }

  async #openCredentials(): Promise<CredentialProvider> {
    const { sdk } = this.#host
    const { profile, roles } = this.#access
    const region = (await this.ownRegion()) ?? homeRegionOf('aws')
    let credentials = await sdk.defaultCredentials(profile, region)
    for (const { arn, externalId, sessionName } of roles) {
      const asked = { RoleArn: arn, RoleSessionName: sessionName }
      const withId = externalId === null ? asked : { ...asked, ExternalId: externalId }
      credentials = await sdk.roleCredentials(withId, region, credentials)
    }
    return credentials
  }

  async #identify(credentials: AwsCredentials): Promise<Identity> {
    const { sdk, deadlineMs, budget } = this.#host
    const region = (await this.ownRegion()) ?? homeRegionOf('aws')
    const { profile } = this.#access
    const settings = { region, ...(profile === null ? {} : { profile }), credentials: async () => credentials }
    const client = await sdk.client('sts', settings)
    const command = await sdk.command('sts', 'GetCallerIdentity', {})
    try {
      const output = await callAws(
        {
          action: 'sts:GetCallerIdentity',
          budget: budget(`aws ${this.label} sts`, { api: 'aws sts', ...unpublishedRate }),
          // Not of the source's permits: who holds those may be waiting for these credentials.
          permits: new Permits(1),
          deadlineMs,
          send: (abortSignal) => client.send(command, { abortSignal }),
          renew: async () => false,
        },
        // Who asks may go away; who waits beside them still wants to know. Its own deadline ends it.
        new AbortController().signal,
      )
      return identityOf(output)
    } catch (error) {
      throw new VainoError('source_failed', `AWS does not say who ${this.label} is: ${messageOf(error)}`, {
        hint: 'sts:GetCallerIdentity needs no permission: look at the credentials, and at AWS_ENDPOINT_URL where it is set.',
        cause: error,
      })
    }
  }

  async #readOwnRegion(): Promise<string | null> {
    const { profile } = this.#access
    const client = await this.#host.sdk.client('sts', profile === null ? {} : { profile })
    try {
      return await client.config.region()
    } catch (error) {
      if (!/region is missing/i.test(messageOf(error))) throw error
      return process.env.AWS_DEFAULT_REGION || null
    }
  }
}
