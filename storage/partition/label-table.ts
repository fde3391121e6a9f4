import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { FieldChange } from '../../model/change.ts'
import { labelText } from '../../model/labels.ts'
import type { Resource } from '../../model/resource.ts'

/** What live resources are searched by, as one text each (see `model/labels.ts`). */
export class LabelTable {
  readonly #write: StatementSync
  readonly #drop: StatementSync
  readonly #clear: StatementSync

  constructor(db: DatabaseSync) {
    this.#write = db.prepare('INSERT OR REPLACE INTO labels VALUES (?, ?)')
    this.#drop = db.prepare('DELETE FROM labels WHERE resource = ?')
    this.#clear = db.prepare('DELETE FROM labels')
  }

  write(id: number, resource: Resource): void {
    this.#write.run(id, labelText(resource))
  }

  /** As {@link write}, where what changed can be one of its labels. */
  update(id: number, resource: Resource, fields: readonly FieldChange[]): void {
    if (fields.some(({ path }) => labelled.test(path))) this.write(id, resource)
  }

  drop(id: number): void {
    this.#drop.run(id)
  }

  clear(): void {
    this.#clear.run()
  }
}

/** `configuration` itself: it came, or went, as a whole. */
const labelled = /^(?:name$|tags(?:$|[.[])|configuration(?:$|\.arn$))/
