import { createHash } from 'node:crypto'
import type { DriftStatus, DriftTier, Verdict } from '../../model/drift.ts'
import { groupOf } from '../../model/drift-group.ts'
import type { DriftField } from '../../model/drift-walk.ts'
import { parseJson } from '../../model/json.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { type Key, keyOf, type Scope } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import { wholeKey } from './identities.ts'
import type { MadeBy } from './made-by.ts'
import type { Why } from './why.ts'

/** What brought something about: a change, or the end of a scan. */
export interface Cause {
  /** The change's id, or the scan's; with it the ids of what follows are the same whenever it is worked out. */
  readonly id: string
  readonly atMs: number
  /** Who made it, where it is a change of the real thing; absent where it is something else. */
  readonly madeBy?: MadeBy | null
}

/** What is known of an instance while it isn't in sync; stored as JSON text. */
export interface Known extends Pick<Verdict, 'tier' | 'fields' | 'omitted' | 'replaced'> {
  readonly status: Exclude<DriftStatus, 'in_sync'>
  /** Null where nobody has been looking. */
  readonly since: string | null
  readonly actor: Json
  readonly occurred_at: string | null
}

/** One instance that differs, or of which nothing is known. */
export interface DriftItem {
  readonly id: string
  readonly status: DriftStatus
  readonly tier: DriftTier | null
  readonly type: string
  readonly address: string
  /** The state's scope; of what is in no state, the scope that it was collected in. */
  readonly state: Scope
  /** The key of what was read: the live resource's, or the collected thing's; the state's where neither was. */
  readonly key: Key
  /** Its ARN or link, else its id. */
  readonly identity: string | null
  /** Its `id` attribute, as the state has it. */
  readonly resource_id: string | null
  readonly provider: string
  readonly name: string | null
  readonly account: string | null
  readonly region: string | null
  readonly namespace: string | null
  readonly tags: { readonly [name: string]: Json }
  readonly since: string | null
  readonly resolved_at: string | null
  readonly fields: readonly DriftField[]
  readonly omitted: number
  readonly replaced: boolean
  readonly actor: Json
  readonly occurred_at: string | null
  /** Why it is unknown, or how it was resolved. */
  readonly reason: string | null
  /** {@link reason} in words, where it is unknown. */
  readonly message: string | null
  /** The next step. */
  readonly hint: string | null
  /** The block of configuration that made it with others: its address without instance keys; null where it made no other. Of what is in no state the key of what it is a part of. */
  readonly group: string | null
}

export const iso = (ms: number): string => new Date(ms).toISOString()

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)

/** The same for the same address of the same state, whenever and wherever it is worked out. */
const driftId = (state: string, address: string): string => digest(state, address)

export const entryId = (id: string, event: string, cause: Cause, said: string): string =>
  digest(id, event, cause.id, said)

/** What is said of an instance whatever its status. */
interface Header {
  readonly name: string | null
  readonly tags: { readonly [name: string]: Json }
  readonly identity: string | null
  readonly resource_id: string | null
}

const textOrNull = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

/** The columns of an instance that its state gives. */
export function headerOf(
  desired: Resource,
): Pick<DriftInstance, 'provider' | 'type' | 'account' | 'region' | 'namespace' | 'header'> {
  const { provider, type, account = null, region = null, namespace = null, configuration } = desired
  const [arn, link, id = null] = ['arn', 'self_link', 'id'].map((name) => textOrNull(configuration?.[name]))
  const header: Header = {
    name: desired.name ?? null,
    tags: desired.tags ?? {},
    identity: arn ?? link ?? id,
    resource_id: id,
  }
  return { provider, type, account, region, namespace, header: JSON.stringify(header) }
}

/** As {@link headerOf}, of a collected thing. */
export function collectedHeaderOf(thing: Resource): ReturnType<typeof headerOf> {
  const { id, metadata } = thing
  const columns = headerOf(thing)
  const { name, tags } = parseJson(columns.header) as unknown as Header
  const identity = textOrNull(metadata?.arn) ?? textOrNull(metadata?.self_link) ?? id
  return { ...columns, header: JSON.stringify({ name, tags, identity, resource_id: id } satisfies Header) }
}

type Listed = Pick<
  DriftInstance,
  'address' | 'provider' | 'type' | 'account' | 'region' | 'namespace' | 'header' | 'reason'
> &
  Partial<Pick<DriftInstance, 'holder'>>

/**
 * The item of an instance.
 * @param known what is to be said of it; null: it is in sync
 * @param why nothing is known of it now
 */
export function itemOf(
  pair: Pick<DriftPair, 'state' | 'live'> & Partial<Pick<DriftPair, 'collection'>>,
  of: Listed,
  known: Known | null,
  why: Why | null = null,
): DriftItem {
  const { name, tags, identity, resource_id } = parseJson(of.header) as unknown as Header
  const { address, provider, type, account, region, namespace } = of
  return {
    id: driftId(pair.state, address),
    status: known?.status ?? 'in_sync',
    tier: known?.tier ?? null,
    type,
    address,
    state: pair.state,
    key: pair.collection ? wholeKey(pair.live ?? pair.state, address) : keyOf(pair.live ?? pair.state, address),
    identity,
    resource_id,
    provider,
    name,
    account,
    region,
    namespace,
    tags,
    since: known?.since ?? null,
    resolved_at: null,
    fields: known?.fields ?? [],
    omitted: known?.omitted ?? 0,
    replaced: known?.replaced ?? false,
    actor: known?.actor ?? null,
    occurred_at: known?.occurred_at ?? null,
    reason: known === null ? null : (why?.reason ?? of.reason),
    message: why?.message ?? null,
    hint: why?.hint ?? null,
    group: pair.collection ? (of.holder ?? null) : groupOf(address),
  }
}

/** Nothing is known of an instance now: what was known last stands beside that. @param since where nothing was known */
export const unknownAfter = (known: Known | null, since: string | null): Known => ({
  ...{ tier: null, fields: [], omitted: 0, replaced: false, since, actor: null, occurred_at: null },
  ...known,
  status: 'unknown',
})

export const knownIn = (text: string | null): Known | null =>
  text === null ? null : (parseJson(text) as unknown as Known)

/** What makes two verdicts the same to a reader of the log. */
export const signatureOf = ({ status, tier, fields, omitted, replaced }: Known): string =>
  JSON.stringify([status, tier, fields.map(({ path, before, after }) => ({ path, before, after })), omitted, replaced])
