import type { ClassList } from './candidate-scopes.ts'
import { type PartitionReader, pageBytes, type ResourceRow, resourceColumns, toResource } from './partition-reader.ts'

/** Rows looked at for each row that is wanted: rows of other classes cost 0.4 µs each, those that pass a document. */
const rowsForEach = 16

/** A row of the class, one that changed after the offset, and one whose class an earlier vaino has left out. */
const ofClasses = `SELECT ${resourceColumns} FROM
    (SELECT * FROM resources WHERE scope = ?1 AND name > ?2 ORDER BY name LIMIT ?3) AS resources
  WHERE last > ?4 OR (state > 0 AND (length(hashes) < 20 OR hex(substr(hashes, 17, 4)) IN (SELECT value FROM json_each(?5))))
  ORDER BY name`

const lastOfWindow = `SELECT max(name) AS name FROM (SELECT name FROM resources WHERE scope = ? AND name > ? ORDER BY name LIMIT ?)`

/**
 * The next rows of a scope that can be of some classes at an offset.
 * @param rows how many are wanted; a window of sixteen times as many is looked at
 * @returns `end`: the name after which the next window begins; null where there is none
 */
export function classWindow(
  reader: PartitionReader,
  scopeId: number,
  classes: ClassList,
  offset: number,
  after: string,
  rows: number,
): { page: ResourceRow[]; end: string | null } {
  const window = rows * rowsForEach
  const end = reader.prepared(lastOfWindow).get(scopeId, after, window)?.name
  const page: ResourceRow[] = []
  let bytes = 0
  for (const row of reader.prepared(ofClasses).iterate(scopeId, after, window, offset, classes)) {
    const resource = toResource(row)
    page.push(resource)
    bytes += resource.document?.length ?? 0
    if (bytes > pageBytes) return { page, end: resource.name }
  }
  return { page, end: end == null ? null : String(end) }
}
