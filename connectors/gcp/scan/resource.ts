import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { copyOf } from '../../json-parts.ts'
import { takeAt } from '../../take-at.ts'
import { lastPart, valueAt } from '../table/path.ts'
import type { Row, Surroundings } from '../table/row.ts'
import { referenceOf, shortenReferences } from './references.ts'

/** What every type may have that says how a thing is, or repeats what its id says. */
const ofAll = [
  ...['kind', 'etag', 'fingerprint', 'labelFingerprint', 'metadata.fingerprint', 'tags.fingerprint', 'selfLink'],
  ...[
    'selfLinkWithId',
    'selfLinkWithParent',
    'updated',
    'updateTime',
    'lastModified',
    'lastModifiedTime',
    'metageneration',
  ],
  ...['satisfiesPzi', 'satisfiesPzs', 'creationTimestamp', 'createTime', 'creationTime', 'timeCreated', 'uid', 'id'],
  // Labels and what Google adds to them, in one place, where the first alone can be written.
  ...['terraformLabels', 'effectiveLabels'],
]

/** Around one item: where it is, and at which hosts the APIs answer beside Google's. */
export interface Place extends Surroundings {
  /** The project's number; null: not known. */
  readonly number: string | null
  readonly endpoints: ReadonlySet<string>
}

/** What of a row says how a resource is made of an item. */
type ResourceRow = Pick<Row, 'type' | 'id' | 'name' | 'labels' | 'metadata' | 'ambient' | 'isPolicy'>

/**
 * Makes the resource of an item that has everything its row reads.
 * @throws Error where a member is missing that the row is sure of
 */
export function resourceOf(row: ResourceRow, item: JsonObject, place: Place): Resource {
  const id = row.id === undefined ? usualId(item, place) : row.id(item, place)
  const configuration: JsonObject = copyOf(item)
  delete configuration.$parent
  const labels = takeAt(configuration, (row.labels ?? 'labels').split('.'))
  const metadata: JsonObject = {}
  for (const member of [...ofAll, ...(row.metadata ?? [])]) {
    const taken = takeAt(configuration, member.split('.'))
    if (taken !== undefined) metadata[member] = taken
  }
  const ambient = row.ambient?.(item) ?? null
  if (ambient !== null) metadata.ambient = ambient
  if (row.isPolicy && place.number !== null) metadata.projectNumber = place.number
  shortenReferences(configuration, place.endpoints)
  const name = row.name === undefined ? usualName(item) : row.name(item)
  return {
    ...{ id, type: row.type, name, provider: 'gcp', account: place.$project },
    region: regionOf(item, id),
    ...uidOf(item),
    configuration,
    metadata,
    tags: labels !== undefined && isObject(labels) ? labels : {},
  }
}

/** What a thing is called in full: its own link without host and version, or its `name`; with the project's id where Google writes its number. */
function usualId(item: JsonObject, { $project, endpoints }: Place): string {
  const { selfLink, name } = item
  const path = typeof selfLink === 'string' ? referenceOf(selfLink, endpoints) : name
  if (typeof path !== 'string' || !path.startsWith('projects/'))
    throw new Error('an answer says nothing of its own name')
  return withProjectId(path, $project)
}

/** A project's number can't be an id: ids begin with a letter. */
export const withProjectId = (path: string, project: string): string =>
  path.replace(/^projects\/\d+(?=\/|$)/, `projects/${project}`)

const usualName = ({ name, displayName }: JsonObject): string | null => {
  if (typeof name === 'string') return lastPart(name)
  return typeof displayName === 'string' ? displayName : null
}

/** The zone, else the region or location. */
function regionOf(item: JsonObject, id: string): string | null {
  const named = [item.zone, item.region, item.location, item.locationId].find(
    (one) => typeof one === 'string' && one !== '',
  )
  if (typeof named === 'string') return lastPart(named).toLowerCase()
  const inPath = /\/(?:zones|regions|locations)\/([^/]+)\//.exec(`${id}/`)?.[1]
  if (inPath !== undefined) return inPath
  return /\/global\//.test(id) ? 'global' : null
}

/** An identity that another thing under the same name doesn't have. */
function uidOf(item: JsonObject): { uid?: string } {
  const known: (Json | undefined)[] = [
    item.uid,
    item.uniqueId,
    /^compute#/.test(String(item.kind)) ? valueAt(item, 'id') : undefined,
  ]
  const uid = known.find((one) => typeof one === 'string' || typeof one === 'number')
  return uid === undefined ? {} : { uid: String(uid) }
}
