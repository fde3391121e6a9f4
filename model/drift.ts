import { canonicalHash } from './canonical.ts'
import { differencesOf } from './drift-fields.ts'
import { replacedBy } from './drift-identity.ts'
import { partTexts } from './drift-owners.ts'
import { schemaOf } from './drift-schema.ts'
import type { Comparing, DriftField } from './drift-walk.ts'
import { isObject } from './json.ts'
import type { Json, Resource } from './resource.ts'

export const driftStatuses = ['in_sync', 'changed', 'missing', 'unmanaged', 'unknown'] as const
export type DriftStatus = (typeof driftStatuses)[number]

/**
 * How certain a difference is. `since_apply`: the same reading showed something else when the state last moved. `state`: it differs from
 * the state, judged by the schema's classes.
 */
export const driftTiers = ['since_apply', 'state'] as const
export type DriftTier = (typeof driftTiers)[number]

/** What is known of the thing that a managed instance stands for. */
export type Live =
  | {
      readonly kind: 'present'
      readonly resource: Resource
      /** The first reading since the state's instance last moved; null where there is none, or this is it. */
      readonly baseline: Resource | null
    }
  /** The source's own word, under all its guards. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown'; readonly reason: string }

export interface Sides {
  /** The instance in the state. */
  readonly desired: Resource
  readonly live: Live
  /** Whether a text is among the {@link siblingTexts} of another instance of this state. The verdict may change when an answer does. */
  isSibling(text: string): boolean
}

export interface Verdict {
  readonly status: Exclude<DriftStatus, 'unmanaged'>
  /** Null unless `changed`. */
  readonly tier: DriftTier | null
  readonly fields: readonly DriftField[]
  /** Fields beyond those listed. */
  readonly omitted: number
  /** Another thing stands where the recorded one was. */
  readonly replaced: boolean
  /** Why it is unknown. */
  readonly reason: string | null
}

/** A larger difference is a new document; nobody reads it field by field. */
export const maxFields = 500

/** The reading was made for another version of the state's instance than this one: it says nothing until the next. */
export const stateMoved = 'state_moved'

/**
 * What is to be said of one managed instance: a pure function of documents. A reading carries its schema, and the digest of the state's
 * instance that it was made for.
 */
export function verdictOf({ desired, live, isSibling }: Sides): Verdict {
  if (live.kind === 'unknown') return unknownVerdict(live.reason)
  if (live.kind === 'missing') return { ...inSync, status: 'missing' }
  const { resource, baseline } = live
  const digest = readingDigest(resource)
  if (digest !== null && digest !== desiredDigest(desired)) return unknownVerdict(stateMoved)
  const schema = schemaOf(resource)
  const compare = (before: Resource, against: Comparing['against']) =>
    differencesOf(before, resource, { schema, against, isSibling })
  const identity = replacedBy(desired, resource)
  const state = compare(desired, 'state')
  const since = baseline === null ? [] : compare(baseline, 'reading')
  const identitySince = baseline === null ? [] : replacedBy(baseline, resource)
  const certain = [...identitySince, ...since]
  const all: DriftField[] = []
  for (const field of [...certain, ...identity, ...state]) if (!all.some(isSameField(field))) all.push(field)
  if (all.length === 0) return inSync
  return {
    status: 'changed',
    tier: certain.length > 0 ? 'since_apply' : 'state',
    ...listedFields(all),
    replaced: identity.length + identitySince.length > 0,
    reason: null,
  }
}

const inSync: Verdict = {
  status: 'in_sync',
  tier: null,
  fields: [],
  omitted: 0,
  replaced: false,
  reason: null,
}

/** Nothing is known, for a reason. */
export const unknownVerdict = (reason: string): Verdict => ({ ...inSync, status: 'unknown', reason })

/** Fields that are listed, and how many more there are. */
export const listedFields = (all: readonly DriftField[]): Pick<Verdict, 'fields' | 'omitted'> => ({
  fields: all.slice(0, maxFields),
  omitted: Math.max(0, all.length - maxFields),
})

/** What differs between two readings of one thing, whatever its state says. */
export function readingsDiffer(before: Resource, after: Resource): Pick<Verdict, 'fields' | 'omitted' | 'replaced'> {
  const identity = replacedBy(before, after)
  const isSibling = () => false
  const fields = differencesOf(before, after, { schema: schemaOf(after), against: 'reading', isSibling })
  return { ...listedFields([...identity, ...fields]), replaced: identity.length > 0 }
}

/** The same difference may have another position in the state than in a reading. */
const isSameField = (field: DriftField) => (other: DriftField) =>
  field.path === other.path ||
  (withoutPositions(field.path) === withoutPositions(other.path) &&
    JSON.stringify([field.before, field.after]) === JSON.stringify([other.before, other.after]))

const withoutPositions = (path: string): string => path.replaceAll(/\[\d+\]/g, '[]')

/**
 * Says which version of a state's instance a reading was made for: 16 hex digits that are equal for documents between which there is no
 * change. A live document has it in `metadata.state.digest`.
 */
export function desiredDigest(desired: Resource): string {
  const hash = new Uint32Array(2)
  canonicalHash(desired, hash)
  return [...hash].map((half) => half.toString(16).padStart(8, '0')).join('')
}

/** The digest that a reading carries; null where it has none. */
export function readingDigest({ metadata }: Resource): string | null {
  const state: Json = metadata?.state ?? null
  const digest = isObject(state) ? state.digest : null
  return typeof digest === 'string' ? digest : null
}

/** Types that gather others: that something names one says nothing of who put it there. */
const gathering =
  /(?:^aws_(?:default_)?(?:security_group|vpc|subnet)$|_network$|_subnetwork$|_subnet$|_network_security_group$)/

/** The texts by which this instance counts for the verdicts of others: its id, where naming it means something, and whose parts it sets. */
export function siblingTexts(desired: Resource): string[] {
  const { type, configuration, metadata } = desired
  if (metadata?.mode !== 'managed') return []
  const id = configuration?.id
  const isNamed = !gathering.test(type) && typeof id === 'string' && id.length >= 4
  return [...(isNamed ? [id] : []), ...partTexts(desired)]
}

/** Providers of HashiCorp whose types exist in a state alone: a reading of one would always be "unchanged". */
export const stateOnlyProviders = ['random', 'time', 'null', 'tls', 'cloudinit'] as const

/** `terraform` is built into Terraform itself: `terraform_data`. */
const readingNothing: ReadonlySet<string> = new Set([...stateOnlyProviders, 'terraform'])

/** Whether a resource of a state can drift at all: a managed instance that is current, of a provider that reads something. */
export const canDrift = ({ id, provider, metadata }: Resource): boolean =>
  metadata?.mode === 'managed' && !readingNothing.has(provider) && !/ \(deposed [^)]*\)$/.test(id)
