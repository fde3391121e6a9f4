import type { DatabaseSync } from 'node:sqlite'
import { parseJson } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import { movesSinceName } from '../class-moves.ts'
import { minuteMs } from './activity-counters.ts'
import type { ClassTable } from './class-table.ts'
import type { FacetCounters } from './facet-counters.ts'
import type { LabelTable } from './label-table.ts'
import type { Meta } from './meta.ts'
import { withClass } from './resource-row.ts'

/** In `meta`: the last change that the counters hold. An earlier vaino goes on without them, and then it isn't the log's last. */
const countedName = 'counted_moves'
/** In `meta`: the same of an earlier vaino, which keeps neither `class_moves` nor `former_labels`. */
const formerlyCountedName = 'counted'

const rowsAtOnce = 1_000

interface Tables {
  readonly classes: ClassTable
  readonly facets: FacetCounters
  readonly labels: LabelTable
}

/** Notes that counters, labels and their marks hold everything up to a change; in the transaction that writes it. */
export function noteCounted(meta: Meta, labels: LabelTable, head: number): void {
  meta.set(countedName, head)
  labels.noteMarked(meta, head)
}

/**
 * Brings counters and labels in line with a file that has none, or was written by an earlier vaino since they were kept. Activity from
 * before the log's floor stays as it was counted.
 */
export function countAnew(db: DatabaseSync, meta: Meta, { classes, facets, labels }: Tables, head: number): void {
  // An earlier vaino that opens the file numbers the classes anew, and says so under `counted`, even where it writes no change.
  if (meta.get(formerlyCountedName) === null && meta.number(countedName, -1) === head) {
    labels.markAnew(meta, head)
    return
  }
  db.exec('BEGIN IMMEDIATE')
  facets.clear()
  classes.clear()
  labels.clear()
  const page = db.prepare(
    `SELECT resources.id, scopes.id AS scope, scopes.scope AS scope_name, hashes,
       coalesce((SELECT document FROM refreshed WHERE resource = resources.id), (SELECT after FROM changes WHERE offset = last)) AS document
     FROM resources JOIN scopes ON scopes.id = resources.scope WHERE resources.id > ? AND state > 0 ORDER BY resources.id LIMIT ${rowsAtOnce}`,
  )
  const write = db.prepare('UPDATE resources SET hashes = ? WHERE id = ?')
  for (let after = 0; ; ) {
    const rows = page.all(after)
    for (const { id, scope, scope_name, hashes, document } of rows) {
      const resource = parseJson(String(document)) as unknown as Resource
      const { number } = classes.of(resource, String(scope_name) as Scope)
      facets.moved(Number(scope), 0, number, null)
      labels.write(Number(id), resource)
      write.run(withClass(hashes as Uint8Array, number), Number(id))
    }
    facets.flush()
    labels.flush()
    const last = rows.at(-1)
    if (last === undefined) break
    after = Number(last.id)
  }
  countLog(db, meta)
  meta.set(movesSinceName, head)
  noteCounted(meta, labels, head)
  meta.delete(formerlyCountedName)
  db.exec('COMMIT')
}

function countLog(db: DatabaseSync, meta: Meta): void {
  db.exec(`UPDATE scopes SET (last_change, last_change_at) =
    (SELECT max(last), max(changed_at) FROM resources WHERE scope = scopes.id)`)
  const floorMinute = Math.floor(meta.number('floor_at', 0) / minuteMs)
  db.prepare('DELETE FROM minutes WHERE minute > ?').run(floorMinute)
  db.prepare(
    `INSERT INTO minutes SELECT recorded_at / ${minuteMs} AS minute, op, coalesce(json_extract(header, '$.provider'), '') AS provider, count(*)
     FROM changes WHERE offset > ? AND recorded_at / ${minuteMs} > ? GROUP BY 1, 2, 3`,
  ).run(meta.number('floor', 0), floorMinute)
}
