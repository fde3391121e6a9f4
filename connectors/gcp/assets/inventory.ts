import { z } from 'zod'
import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { broken } from '../calls/get-json.ts'
import { type Place, resourceOf, withProjectId } from '../scan/resource.ts'
import type { Session } from '../session/session.ts'
import { isFromInventory, typeOf } from './asset-types.ts'

/** The largest page that there is. */
const pageSize = '1000'
const maxPages = 100_000
const permission = 'cloudasset.assets.listResource'

const page = z.looseObject({
  assets: z
    .array(
      z.looseObject({
        name: z.string(),
        assetType: z.string(),
        updateTime: z.string().optional(),
        resource: z.looseObject({ data: z.looseObject({}).optional(), location: z.string().optional() }).optional(),
        assetExceptions: z.array(z.unknown()).optional(),
      }),
    )
    .default([]),
  nextPageToken: z.string().optional(),
  readTime: z.string().optional(),
})
type Asset = z.output<typeof page>['assets'][number]

/** One asset as it was listed. */
export interface Listed {
  readonly resource: Resource
  readonly updatedAt: string
  /** Why it may not be all of it; null: it is. */
  readonly failure: CallFailure | null
}

async function* pagesOf(
  session: Session,
  project: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<readonly Asset[]> {
  const tokens = new Set<string>()
  let more: Readonly<Record<string, string>> = {}
  for (let count = 0; count < maxPages; count++) {
    const request = { api: 'cloudasset', path: `v1/projects/${project}/assets`, permission } as const
    const read = page.safeParse(
      await session.call(project, { ...request, query: { pageSize, ...query, ...more } }, signal),
    )
    const strange = read.success
      ? Object.keys(read.data).find((name) => !['assets', 'nextPageToken', 'readTime'].includes(name))
      : ''
    if (!read.success || strange !== undefined)
      throw broken(permission, 'the answer holds no assets as the inventory writes them')
    yield read.data.assets
    const { nextPageToken: token } = read.data
    if (token === undefined || token === '') return
    if (tokens.has(token)) throw broken(permission, 'its pages go in circles')
    tokens.add(token)
    more = { pageToken: token }
  }
  throw broken(permission, `it has more than ${maxPages} pages`)
}

/**
 * The types of a project that only the inventory has, as asset types.
 * @throws CallFailure
 */
export async function typesInInventory(
  session: Session,
  project: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = new Set<string>()
  for await (const assets of pagesOf(session, project, {}, signal)) {
    for (const { assetType } of assets) if (isFromInventory(assetType)) found.add(assetType)
  }
  return [...found].sort()
}

/**
 * The assets of one type of a project.
 * @throws CallFailure
 */
export async function* readAssets(
  session: Session,
  assetType: string,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<readonly Listed[]> {
  const query = { assetTypes: assetType, contentType: 'RESOURCE' }
  for await (const assets of pagesOf(session, place.$project, query, signal)) {
    yield assets.filter((asset) => asset.assetType === assetType).map((asset) => listedOf(asset, place))
  }
}

function listedOf(asset: Asset, place: Place): Listed {
  const { name, assetType, updateTime, resource: { data, location } = {}, assetExceptions = [] } = asset
  if (data === undefined || updateTime === undefined) throw broken(permission, `${name} comes without its document`)
  const path = name.replace(/^\/\/[^/]+\//, '')
  const item: JsonObject = { ...(data as JsonObject), ...(location === undefined ? {} : { location }) }
  const resource = resourceOf({ type: typeOf(assetType), id: () => withProjectId(path, place.$project) }, item, place)
  resource.metadata = { ...resource.metadata, asset: name, asset_type: assetType, inventory_updated_at: updateTime }
  const failure =
    assetExceptions.length === 0
      ? null
      : new CallFailure(permission, `of ${name} the inventory has a part only`, 'passing', 'ASSET_EXCEPTION', null)
  return { resource, updatedAt: updateTime, failure }
}
