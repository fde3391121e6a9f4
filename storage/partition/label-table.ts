import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { FieldChange } from '../../model/change.ts'
import { labelText } from '../../model/labels.ts'
import type { Resource } from '../../model/resource.ts'

/** What live resources are searched by, as one text each (see `model/labels.ts`), and what they were searched by before. */
export class LabelTable {
  readonly #write: StatementSync
  readonly #drop: StatementSync
  readonly #keep: StatementSync
  readonly #clear: readonly StatementSync[]

  constructor(db: DatabaseSync) {
    this.#write = db.prepare('INSERT OR REPLACE INTO labels VALUES (?, ?)')
    this.#drop = db.prepare('DELETE FROM labels WHERE resource = ?')
    this.#keep = db.prepare(
      'INSERT OR REPLACE INTO former_labels SELECT ?1, resource, text FROM labels WHERE resource = ?2 AND (?3 OR text IS NOT ?4)',
    )
    this.#clear = ['labels', 'former_labels'].map((table) => db.prepare(`DELETE FROM ${table}`))
  }

  /** @param offset of the entry of the log that changed it; null: none did, or none that is new */
  write(id: number, resource: Resource, offset: number | null = null): void {
    const text = labelText(resource)
    if (offset !== null) this.#keep.run(offset, id, 0, text)
    this.#write.run(id, text)
  }

  /** As {@link write}, where what changed can be one of its labels. */
  update(id: number, resource: Resource, fields: readonly FieldChange[], offset: number): void {
    if (fields.some(({ path }) => labelled.test(path))) this.write(id, resource, offset)
  }

  /** @param offset of the entry of the log that deleted it; null: none did, or none that is new */
  drop(id: number, offset: number | null): void {
    if (offset !== null) this.#keep.run(offset, id, 1, null)
    this.#drop.run(id)
  }

  clear(): void {
    for (const statement of this.#clear) statement.run()
  }
}

/** `configuration` itself: it came, or went, as a whole. */
const labelled = /^(?:name$|tags(?:$|[.[])|configuration(?:$|\.arn$))/
