import type { JsonObject } from '../parse-bytes.ts'
import { asObject, own } from '../parse-bytes.ts'
import { placementOf } from '../placement.ts'
import { type ManagedInstance, textOf } from './instances.ts'
import type { LiveOptions } from './options.ts'
import { withTerraformsHost } from './provider-address.ts'

/** Distinct values of one tag that are counted; a default tag has one, or few. */
const maxValues = 50

/** What a state's instances say of the provider configuration that made them. Its size doesn't depend on their number. */
export class Evidence {
  readonly provider: string
  #instances = 0
  readonly #regions = new Map<string, number>()
  readonly #accounts = new Map<string, number>()
  /** Weaker than an ARN: who owns a thing may be somebody else. */
  readonly #owners = new Map<string, number>()
  /** Tags that every tagged instance carries: how often each value stands in `tags_all` and not in `tags`. `null`: none was met. */
  #tags: Map<string, Map<string, number>> | null = null

  constructor(provider: string) {
    this.provider = provider
  }

  get instances(): number {
    return this.#instances
  }

  get region(): string | null {
    return mostOf(this.#regions)
  }

  get account(): string | null {
    return mostOf(this.#accounts) ?? mostOf(this.#owners)
  }

  /** Tags that each tagged instance has in `tags_all` and not in `tags`: the provider adds them. A tag that a person sets by hand is on one instance. */
  get defaultTags(): Readonly<Record<string, string>> {
    const found = [...(this.#tags ?? [])].flatMap(([name, values]) => {
      const value = mostOf(values)
      return value === null ? [] : [[name, value] as const]
    })
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  add({ head, instance }: ManagedInstance): void {
    this.#instances++
    const { attributes } = instance
    const arn = arnOf(attributes)
    const place = placementOf(head, attributes, asObject(instance.identity) ?? {}, {})
    count(this.#regions, arn?.region || place.region)
    if (arn !== null && /^\d+$/.test(arn.account)) count(this.#accounts, arn.account)
    else count(this.#owners, place.account)
    this.#addTags(attributes)
  }

  #addTags(attributes: JsonObject): void {
    const all = asObject(own(attributes, 'tags_all'))
    if (all === null) return
    this.#tags ??= new Map(Object.keys(all).map((name) => [name, new Map()]))
    const ofThing = asObject(own(attributes, 'tags')) ?? {}
    for (const [name, values] of this.#tags) {
      const value = own(all, name)
      if (typeof value !== 'string') this.#tags.delete(name)
      else if (!Object.hasOwn(ofThing, name) && (values.has(value) || values.size < maxValues)) count(values, value)
    }
  }
}

/** The region and account in an instance's own ARN; `null` where it has none. */
export function arnOf(attributes: JsonObject): { readonly region: string; readonly account: string } | null {
  const arn = [textOf(attributes, 'arn'), textOf(attributes, 'id')].find((text) => text.startsWith('arn:'))
  const [, , , region = '', account = ''] = arn?.split(':') ?? []
  return arn === undefined ? null : { region, account }
}

const count = (counts: Map<string, number>, value: string | null): void => {
  if (value !== null && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1)
}

/** The value with the highest count; of equal ones the first in the alphabet, so that the order of instances doesn't matter. */
function mostOf(counts: ReadonlyMap<string, number>): string | null {
  const ranked = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
  return ranked[0]?.[0] ?? null
}

/** How a provider is configured, and from where each argument is. */
export interface Configured {
  readonly configuration: JsonObject
  /** Names of the arguments that were inferred from the state; the others are the user's. */
  readonly inferred: readonly string[]
}

const awsProvider = 'registry.terraform.io/hashicorp/aws'

/** Providers that are configured with nothing, because what they read is on this machine. */
const needNothing = new Set(['registry.terraform.io/hashicorp/local'])

/**
 * The arguments for a provider configuration. Those that the user gives for it stand; of AWS the region, the account (another one is then
 * refused by the provider itself) and the default tags follow from the state.
 * @param name of the provider configuration
 * @returns `null` where nothing follows from the state and the user gives nothing
 */
export function configurationOf(
  name: string,
  evidence: Evidence,
  configurations: LiveOptions['configurations'],
): Configured | null {
  const given = givenFor(name, configurations)
  const inferred = inferredOf(evidence, given ?? {})
  if (inferred === null) return given === null ? null : { configuration: given, inferred: [] }
  const names = Object.keys(inferred).filter((argument) => given === null || !Object.hasOwn(given, argument))
  return { configuration: { ...inferred, ...given }, inferred: names }
}

function givenFor(name: string, configurations: LiveOptions['configurations']): JsonObject | null {
  for (const [key, given] of Object.entries(configurations)) if (withTerraformsHost(key) === name) return given
  return null
}

function inferredOf(evidence: Evidence, given: JsonObject): JsonObject | null {
  if (needNothing.has(evidence.provider)) return {}
  if (evidence.provider !== awsProvider) return null
  const { region, account, defaultTags } = evidence
  // Both say the same; the provider refuses both together. Without asking for the account it can't be compared.
  const isAccountOpen = own(given, 'forbidden_account_ids') === undefined && given.skip_requesting_account_id !== true
  return {
    ...(region === null ? {} : { region }),
    ...(account === null || !isAccountOpen ? {} : { allowed_account_ids: [account] }),
    ...(Object.keys(defaultTags).length === 0 ? {} : { default_tags: [{ tags: defaultTags }] }),
  }
}
