import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { FieldChange } from '../../model/change.ts'
import { labelText } from '../../model/labels.ts'
import type { Resource } from '../../model/resource.ts'
import { labelBlockOf, markBytes, markPieces } from '../label-marks.ts'
import type { Meta } from './meta.ts'

/** In `meta`: the last change whose labels are marked. An earlier vaino goes on without marks, and then it isn't the log's last. */
const markedName = 'marked_labels'

const blocksAtOnce = 256

/** What live resources are searched by, as one text each (see `model/labels.ts`), and what they were searched by before. */
export class LabelTable {
  readonly #write: StatementSync
  readonly #drop: StatementSync
  readonly #keep: StatementSync
  readonly #clear: readonly StatementSync[]
  readonly #readMarks: StatementSync
  readonly #writeMarks: StatementSync
  readonly #all: StatementSync
  readonly #db: DatabaseSync
  /** By block; bounded by what one transaction writes. */
  readonly #marks = new Map<number, Uint8Array>()
  readonly #newlyMarked = new Set<number>()

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#write = db.prepare('INSERT OR REPLACE INTO labels VALUES (?, ?)')
    this.#drop = db.prepare('DELETE FROM labels WHERE resource = ?')
    this.#keep = db.prepare(
      'INSERT OR REPLACE INTO former_labels SELECT ?1, resource, text FROM labels WHERE resource = ?2 AND (?3 OR text IS NOT ?4)',
    )
    this.#readMarks = db.prepare('SELECT marks FROM label_marks WHERE block = ?')
    this.#writeMarks = db.prepare('INSERT OR REPLACE INTO label_marks VALUES (?, ?)')
    this.#all = db.prepare('SELECT resource, text FROM labels')
    this.#clear = ['labels', 'former_labels', 'label_marks'].map((table) => db.prepare(`DELETE FROM ${table}`))
  }

  /** @param offset of the entry of the log that changed it; null: none did, or none that is new */
  write(id: number, resource: Resource, offset: number | null = null): void {
    const text = labelText(resource)
    if (offset !== null) this.#keep.run(offset, id, 0, text)
    this.#write.run(id, text)
    this.#mark(id, text)
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
    this.#forgetMarks()
  }

  /** Writes the marks of what was written; in the same transaction. */
  flush(): void {
    for (const block of this.#newlyMarked) this.#writeMarks.run(block, this.#marks.get(block) ?? null)
    this.#forgetMarks()
  }

  /** Marks the labels of a file that has none, or was written by an earlier vaino since: 0.4 µs each. */
  markAnew(meta: Meta, head: number): void {
    if (meta.number(markedName, -1) === head) return
    this.#db.exec('BEGIN IMMEDIATE; DELETE FROM label_marks')
    for (const { resource, text } of this.#all.iterate()) {
      this.#mark(Number(resource), text === null ? null : String(text))
      if (this.#marks.size >= blocksAtOnce) this.flush()
    }
    this.flush()
    this.noteMarked(meta, head)
    this.#db.exec('COMMIT')
  }

  /** Notes that what was written up to a change is marked. */
  noteMarked(meta: Meta, head: number): void {
    meta.set(markedName, head)
  }

  #mark(id: number, text: string | null): void {
    const block = labelBlockOf(id)
    let marks = this.#marks.get(block)
    if (marks === undefined) {
      const kept = this.#readMarks.get(block)?.marks
      marks = kept instanceof Uint8Array ? new Uint8Array(kept) : new Uint8Array(markBytes)
      this.#marks.set(block, marks)
    }
    // Labels that are not kept may hold anything.
    if (text === null) marks.fill(255)
    if (text === null || markPieces(marks, text)) this.#newlyMarked.add(block)
  }

  #forgetMarks(): void {
    this.#marks.clear()
    this.#newlyMarked.clear()
  }
}

/** `configuration` itself: it came, or went, as a whole. */
const labelled = /^(?:name$|tags(?:$|[.[])|configuration(?:$|\.arn$))/
