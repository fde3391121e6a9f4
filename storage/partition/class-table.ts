import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import type { Resource, ResourceHeader } from '../../model/resource.ts'
import { classOf, type ResourceClass, sameClass } from '../../model/resource-class.ts'
import { type Scope, splitScope } from '../../model/scope.ts'

/** Classes held in memory per partition; the rest are looked up again. About 300 bytes each. */
const maxClasses = 20_000

/** A class with its number in this file. */
interface NumberedClass {
  readonly provider: string
  /** From 1; a row without a class has 0. */
  readonly number: number
  /** How the header of each of its resources begins, as JSON text: all of it but `id` and `name`. */
  readonly start: string
}

/** The classes of one partition's resources, each with a number. A class stays when its last resource goes, as the row of a resource does. */
export class ClassTable {
  readonly #cache = new LRUCache<string, NumberedClass>({ max: maxClasses })
  readonly #find: StatementSync
  readonly #insert: StatementSync
  readonly #clear: StatementSync
  /** Of the resource before: most come after one of their class. */
  #last: { readonly named: ResourceClass; readonly scope: Scope; readonly found: NumberedClass } | null = null

  constructor(db: DatabaseSync) {
    this.#find = db.prepare('SELECT id FROM classes WHERE key = ?')
    this.#insert = db.prepare(
      'INSERT INTO classes (key, provider, account, region, namespace, type) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#clear = db.prepare('DELETE FROM classes')
  }

  /** The class of a resource, which gets a number on first sight. Where a resource names no account, its scope's counts. */
  of(resource: Resource | ResourceHeader, scope: Scope): NumberedClass {
    const named = classOf(resource)
    const last = this.#last
    if (last !== null && sameClass(last.named, named) && (named.account !== null || last.scope === scope))
      return last.found
    const start = JSON.stringify(named).slice(0, -1)
    const account = named.account ?? splitScope(scope).account
    const key = named.account === null ? `${start} ${account}` : start
    const found = this.#cache.get(key) ?? this.#number({ ...named, account }, start, key)
    this.#last = { named, scope, found }
    return found
  }

  /** After it, and after a transaction that was undone, numbers begin anew. */
  clear(): void {
    this.#clear.run()
    this.#cache.clear()
    this.#last = null
  }

  #number({ provider, account, region, namespace, type }: ResourceClass, start: string, key: string): NumberedClass {
    const row = this.#find.get(key)
    const number =
      row === undefined
        ? Number(this.#insert.run(key, provider, account, region, namespace, type).lastInsertRowid)
        : Number(row.id)
    const made = { provider, number, start }
    this.#cache.set(key, made)
    return made
  }
}

/** A resource's header as JSON text: what `JSON.stringify(headerOf(resource))` says, at a third of its cost. */
export const headerText = ({ start }: NumberedClass, { id, name }: Resource): string =>
  `${start},"id":${JSON.stringify(id)},"name":${name == null ? 'null' : JSON.stringify(name)}}`
