import { formatScope } from '../../../model/scope.ts'
import type { Woken } from '../../calls/follow-feed.ts'
import type { AssetScopes } from '../assets/asset-scopes.ts'
import { canReadEach } from '../scan/can-read-each.ts'
import type { Project } from '../session/projects.ts'
import type { Row } from '../table/row.ts'
import { affectedBy } from './affected.ts'
import type { ChangeEvent } from './audit-entry.ts'

/** What of Google Cloud is watched. */
export interface Watched {
  readonly projects: readonly Project[]
  /** Null: only what has a row is read. */
  readonly assets: Pick<AssetScopes, 'scopeOf'> | null
  rowsIn(project: Project): readonly Row[]
}

/** The watched scopes that an event is about. Without a project's name its first path has one. */
export function wokenBy(event: ChangeEvent, { projects, assets, rowsIn }: Watched): readonly Woken[] {
  const named = event.project ?? /^projects\/([^/]+)/.exec(event.paths[0] ?? '')?.[1]
  const project = projects.find(({ id, number }) => id === named || number === named)
  if (project === undefined) return []
  const asset = assets?.scopeOf(project.id, event.assetType) ?? null
  if (asset !== null) return [{ scope: asset, ids: [] }]
  return affectedBy(event, rowsIn(project), project.id).map(({ type, ids }) => ({
    scope: formatScope({ provider: 'gcp', account: project.id, location: null, collection: type }),
    ...{ ids, isDelete: event.isDelete, isEnd: event.isEnd, canReread: canReadEach(type, ids, project) },
    ...(event.by === null ? {} : { by: event.by }),
  }))
}
