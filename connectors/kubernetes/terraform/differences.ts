import type { TypeRules } from '../../../model/array-identity.ts'
import { isIncomparable, withoutType } from '../../../model/drift-values.ts'
import type { DriftField } from '../../../model/drift-walk.ts'
import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { rulesOf } from '../../../model/resource-rules.ts'
import type { Compared } from '../../identity.ts'
import { type Deviation, deviationsOf } from '../applied/compare-applied.ts'
import { apiFormOf, valueBehind } from '../applied/lost-fields.ts'
import { pathText } from '../applied/written-fields.ts'
import { apiFormOfBlock, nameIn } from './api-form.ts'
import { blockIn, type StatedObject, statedObject } from './kinds.ts'
import { releaseDifferences } from './release.ts'

/** Attributes of a state that are no part of the object. */
const bookkeeping: ReadonlySet<string> = new Set(['id', 'timeouts', 'lifecycle', 'metadata', 'status', 'identity'])

/** What of a Secret stands in a state as text and in the API in base64, each redacted. */
const values: ReadonlySet<string> = new Set(['data', 'stringData', 'binaryData'])

const nothing = { fields: [], isReplaced: false, reason: null } satisfies Compared

/**
 * What an object that a cluster shows has otherwise than an instance of a Terraform state: of what the state names alone. Paths are the API's.
 * @returns null where the two can't be compared
 */
export function stateDifferences(desired: Resource, found: Resource): Compared | null {
  if (desired.type === 'helm_release') return { ...nothing, fields: releaseDifferences(desired, found) }
  const stated = statedObject(desired)
  if (stated === null) return null
  const { uid, described } = stated
  if (uid !== null && found.uid != null && uid !== found.uid)
    return { ...nothing, isReplaced: true, fields: [{ path: 'metadata.uid', before: uid, after: found.uid }] }
  const version = blockIn(desired.configuration?.metadata).resource_version
  const versions = [version, found.metadata?.resource_version].map(numberIn)
  const [readAt, shownAt] = versions
  if (readAt != null && shownAt != null && uid !== null) {
    // The provider has read this very version, or one that the cluster has not shown yet.
    if (readAt === shownAt) return nothing
    if (readAt > shownAt) return { ...nothing, reason: 'not_listed_since' }
  }
  const wanted = wantedOf(desired, found, stated)
  if (wanted === null) return null
  return judged(desired, found, wanted, described)
}

/** Resource versions grow with each write of a cluster. */
const numberIn = (version: Json | undefined): bigint | null =>
  typeof version === 'string' && /^\d+$/.test(version) ? BigInt(version) : null

function judged(desired: Resource, found: Resource, wanted: JsonObject, described: string): Compared {
  const object = apiFormOf(found)
  const deviations = deviationsOf(wanted, object, rulesFor(found, described)).filter(
    described === 'manifest' ? isNoServersWork(desired) : isSure,
  )
  const fields: DriftField[] = []
  let isUnsure = found.type === 'Secret' && described !== 'manifest'
  for (const { path, wanted: before, found: after = null } of deviations) {
    if (isIncomparable(before, after)) isUnsure = true
    else fields.push({ path: pathText(path), before, after })
  }
  return { ...nothing, fields, reason: fields.length === 0 && isUnsure ? 'values_not_compared' : null }
}

/** A list of texts stands in a typed resource as a whole: a verb that somebody added to a role is another list. */
function rulesFor(found: Resource, described: string): TypeRules {
  const rules = rulesOf(found)
  if (described === 'manifest') return rules
  return {
    ...rules,
    arrayRule(name, owner) {
      const rule = rules.arrayRule(name, owner)
      return rule === null || rule.identities.length === 0 ? null : rule
    },
  }
}

/** A single value in whose place nothing stands may be a default of the provider's own. */
const isSure = ({ wanted, found, wasTaken }: Deviation): boolean =>
  found !== undefined || wasTaken || (typeof wanted === 'object' && wanted !== null)

/** What the server made of a manifest when it was applied stands in the state's `object`: that is no drift. */
function isNoServersWork({ configuration }: Resource): (deviation: Deviation) => boolean {
  const read = withoutType(configuration?.object ?? null)
  return ({ path, found, wasTaken }) => {
    if (!isObject(read)) return found !== undefined || wasTaken
    const was = valueBehind(read, path) ?? null
    return JSON.stringify(was) !== JSON.stringify(found ?? null)
  }
}

/** What a state wants an object to have, in the API's words; null where nothing of it can be compared. */
function wantedOf(desired: Resource, found: Resource, { described }: StatedObject): JsonObject | null {
  const attributes = desired.configuration ?? {}
  if (described === 'manifest') return ofManifest(withoutType(attributes.manifest ?? null), found)
  if (described === 'partial') return ofPart(desired)
  const object = apiFormOf(found)
  const members = Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => {
      if (bookkeeping.has(name)) return false
      // A flag of the provider's own, such as `wait_for_rollout`, has nothing in its place.
      return (typeof value === 'object' && value !== null) || nameIn(name, object) !== null
    }),
  )
  const form = apiFormOfBlock(members, object)
  if (found.type === 'Secret') for (const name of values) delete form[name]
  const { labels = null, annotations = null } = blockIn(attributes.metadata)
  return { ...form, metadata: { ...(isObject(labels) && { labels }), ...(isObject(annotations) && { annotations }) } }
}

function ofManifest(manifest: Json, found: Resource): JsonObject | null {
  if (!isObject(manifest) || manifest.apiVersion !== found.metadata?.api_version) return null
  const { apiVersion: _version, kind: _kind, status: _status, metadata = null, ...own } = manifest
  const { labels = null, annotations = null } = isObject(metadata) ? metadata : {}
  return { ...own, metadata: { ...(isObject(labels) && { labels }), ...(isObject(annotations) && { annotations }) } }
}

/** Labels stand among the tags, as of every resource. */
function ofPart({ type, configuration, tags }: Resource): JsonObject | null {
  const { annotations = null, data = null } = configuration ?? {}
  if (type === 'kubernetes_labels') return { metadata: { labels: { ...tags } } }
  if (type === 'kubernetes_annotations' && isObject(annotations)) return { metadata: { annotations } }
  return type === 'kubernetes_config_map_v1_data' && isObject(data) ? { data } : null
}
