import type { Resource } from '../../../model/resource.ts'
import { broken } from '../calls/get-json.ts'
import { isNotFound } from '../calls/refusal.ts'
import { getOf, getPermissionOf } from '../table/get-of.ts'
import { valueAt } from '../table/path.ts'
import type { Row } from '../table/row.ts'
import type { Reader } from './pages.ts'
import { readItem } from './read-row.ts'
import type { Place } from './resource.ts'

/** What some things keep though they were deleted: for a while they can be restored. */
const isDeleted = ({ deleted, state }: { deleted?: unknown; state?: unknown }): boolean =>
  deleted === true || state === 'DELETED'

/**
 * Reads one resource by its id.
 * @param number the project's; null: not known
 * @returns null where Google doesn't find it, or finds something that the type's list doesn't show
 * @throws CallFailure, also where it can't be read alone or is another project's
 */
export async function readOne(
  row: Row,
  id: string,
  number: string | null,
  reader: Reader & Place,
  signal: AbortSignal,
): Promise<Resource | null> {
  const { api, permission } = row.list
  const get = getOf(row, id, reader)
  if (get === null) throw broken(getPermissionOf(row) ?? permission, `${row.type} ${id} is read with its list alone`)
  const { post, ...request } = get
  try {
    const item = await reader.call({ api, ...request, ...(post === undefined ? {} : { body: post }) }, signal)
    // Names of buckets are one for all projects.
    const owner = valueAt(item, 'projectNumber')
    if (api === 'storage' && (number === null || String(owner) !== number))
      throw broken(get.permission, `${id} is not known to be of project ${reader.$project}`)
    if (isDeleted(item) || row.only?.(item) === false) return null
    for (const part of row.split?.(item) ?? [item]) {
      const resource = await readItem(row, part, reader, signal)
      if (resource?.id === id) return resource
    }
    if (row.split !== undefined) return null
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
  throw broken(get.permission, `what answers for ${id} calls itself otherwise`)
}
